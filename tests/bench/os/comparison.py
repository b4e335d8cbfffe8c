# SPDX-License-Identifier: Apache-2.0
"""Figures of several runs, brought together and held against the targets of docs/design/figures.md."""

from statistics import median

# What a figure of dom0 or a guest may be, as a multiple of the native one; None: shown for information.
NAMES = {
    'syscall': 1.01, 'signal': 1.02, 'protection': 1.02, 'cpuid': None, 'map': 1.02, 'map-file': 1.02,
    'mprotect': 1.02, 'unmap': None, 'page-fault': None, 'switch': 1.04, 'fork': 1.04, 'exec': 1.04, 'exec-bare': None,
}
BOOT_TARGETS = {'ticks': 60_000_000, 'image_bytes': 256 << 10, 'memory_kib': 16 << 10}

# Features that choose which code the kernel or a C library runs; others may differ without a trace here.
CODE_FLAGS = frozenset('rep_good erms fsrm xsave xsaveopt xsavec xsaves pcid invpcid fsgsbase smap smep avx avx2 '
                       'avx512f pti pge pse'.split())


def by_name(runs):
    """name -> that operation in every run"""
    return {operation['name']: [next(o for o in run['operations'] if o['name'] == operation['name'])
                                for run in runs] for operation in runs[0]['operations']}


def spread(operations):
    """How far apart the runs' medians are, as a share of the least."""
    medians = [operation['median'] for operation in operations]
    return (max(medians) - min(medians)) / max(1, min(medians))


def exits(operations):
    """reason -> exits per operation, the most frequent first"""
    repetitions = sum(operation['repetitions'] for operation in operations)
    total = {}
    for operation in operations:
        for reason, count in operation['exits'].items():
            total[reason] = total.get(reason, 0) + count
    return {reason: count / repetitions for reason, count in sorted(total.items(), key=lambda item: -item[1])
            if count > 0}


def side_of_row(ours, native, comparable):
    """An instruction that costs a native kernel nothing has no ratio."""
    def ratio(what):
        values = [median(operation[what] for operation in side) for side in (ours, native)]
        return values[0] / values[1] if comparable else None
    reasons = exits(ours)
    return {'median': round(median(operation['median'] for operation in ours)), 'ratio': ratio('median'),
            'mean_ratio': ratio('mean'), 'exits': sum(reasons.values()), 'reasons': reasons, 'spread': spread(ours)}


def row(name, native, dom0, domu):
    comparable = name != 'cpuid'
    return {
        'name': name, 'text': dom0[0]['text'], 'target': NAMES.get(name),
        'native': {'median': round(median(operation['median'] for operation in native)), 'spread': spread(native)},
        'dom0': side_of_row(dom0, native, comparable), 'domU': side_of_row(domu, native, comparable),
    }


def met(row):
    """None without a target. As shown: three digits behind the point."""
    return None if row['target'] is None else all(round(row[side]['ratio'], 3) <= row['target']
                                                  for side in ('dom0', 'domU'))


def differences(native, guest, side):
    """What the two kernels see differently and that changes the code they run."""
    flags = [set(run['flags']) & CODE_FLAGS for run in (native, guest)]
    found = [f'CPU feature {flag}: {side if flag in flags[1] else "native"} only' for flag in
             sorted(flags[0] ^ flags[1])]
    for name, ours in guest['weaknesses'].items():
        bare = native['weaknesses'].get(name, '')
        if ours.startswith('Mitigation') != bare.startswith('Mitigation'):
            found.append(f'mitigation of {name}: {side} "{ours}", native "{bare}"')
    return found


def compare(native, dom0, domu):
    bare, ours, guests = by_name(native), by_name(dom0), by_name(domu)
    return {
        'rows': [row(name, bare[name], ours[name], guests[name]) for name in ours],
        'boot': {'ticks': median(run['boot']['ticks'] for run in dom0) if dom0[0]['boot']['ticks'] else None,
                 'image_bytes': dom0[0]['boot']['image_bytes'], 'memory_kib': dom0[0]['boot']['memory_kib']},
        'differences': differences(native[0], dom0[0], 'dom0') + differences(native[0], domu[0], 'domU'),
        'memory_kib': {'native': native[0]['memory_kib'], 'dom0': dom0[0]['memory_kib'],
                       'domU': domu[0]['memory_kib']},
        'runs_each': len(dom0),
    }
