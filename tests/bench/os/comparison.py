# SPDX-License-Identifier: Apache-2.0
"""Figures of several runs, brought together and held against the targets of docs/design/figures.md."""

from statistics import median

# What a dom0 figure may be, as a multiple of the native one; None: shown for information.
NAMES = {
    'syscall': 1.01, 'signal': 1.02, 'protection': 1.02, 'cpuid': None, 'map': 1.02, 'map-file': 1.02,
    'mprotect': 1.02, 'page-fault': None, 'switch': 1.04, 'fork': 1.04, 'exec': 1.04, 'exec-bare': None,
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


def row(name, native, dom0):
    middle = [median(operation['median'] for operation in side) for side in (native, dom0)]
    mean = [median(operation['mean'] for operation in side) for side in (native, dom0)]
    # An instruction that costs a native kernel nothing has no ratio.
    comparable = name != 'cpuid'
    reasons = exits(dom0)
    return {
        'name': name, 'text': dom0[0]['text'], 'native': round(middle[0]), 'dom0': round(middle[1]),
        'ratio': middle[1] / middle[0] if comparable else None,
        'mean_ratio': mean[1] / mean[0] if comparable else None,
        'target': NAMES.get(name), 'exits': sum(reasons.values()), 'reasons': reasons,
        'spread': {'native': spread(native), 'dom0': spread(dom0)},
    }


def met(row):
    """None without a target. As shown: three digits behind the point."""
    return None if row['target'] is None else round(row['ratio'], 3) <= row['target']


def differences(native, dom0):
    """What the two kernels see differently and that changes the code they run."""
    flags = [set(side['flags']) & CODE_FLAGS for side in (native, dom0)]
    found = [f'CPU feature {flag}: {"dom0" if flag in flags[1] else "native"} only' for flag in
             sorted(flags[0] ^ flags[1])]
    for name, ours in dom0['weaknesses'].items():
        bare = native['weaknesses'].get(name, '')
        if ours.startswith('Mitigation') != bare.startswith('Mitigation'):
            found.append(f'mitigation of {name}: dom0 "{ours}", native "{bare}"')
    return found


def compare(native, dom0):
    ours, bare = by_name(dom0), by_name(native)
    return {
        'rows': [row(name, bare[name], ours[name]) for name in ours],
        'boot': {'ticks': median(run['boot']['ticks'] for run in dom0) if dom0[0]['boot']['ticks'] else None,
                 'image_bytes': dom0[0]['boot']['image_bytes'], 'memory_kib': dom0[0]['boot']['memory_kib']},
        'differences': differences(native[0], dom0[0]),
        'memory_kib': {'native': native[0]['memory_kib'], 'dom0': dom0[0]['memory_kib']},
        'runs_each': len(dom0),
    }
