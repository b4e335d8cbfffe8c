# SPDX-License-Identifier: Apache-2.0
"""The table, for a terminal or as Markdown."""

from bench.os.comparison import BOOT_TARGETS, met
from bench.table import Table

HEAD = ('operation', 'native', 'dom0', 'ratio', 'of means', 'domU', 'ratio', 'of means', 'target', '', 'exits: dom0',
        'by reason', 'domU', 'spread: native / dom0 / domU')
RIGHT = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12}
REASONS_SHOWN = 3
TICKS_ARE_NOT_TIME = ('Figures are TSC ticks. On the emulated machine a tick is an instruction, not a time: caches, '
                      'TLBs and what a VM exit costs on silicon do not show, hence the exits per operation.')


def ratio(value):
    return '' if value is None else f'{value:.3f}'


def verdict(row):
    return {None: '', True: 'met', False: 'missed'}[met(row)]


def reasons(side):
    shown = [f'{reason} {count:.2f}' for reason, count in list(side['reasons'].items())[:REASONS_SHOWN]
             if count >= 0.005]
    return ', '.join(shown)


def cells(row):
    def figures(side):
        return f'{side["median"]:,}', ratio(side['ratio']), ratio(side['mean_ratio'])
    dom0, domu = row['dom0'], row['domU']
    return (row['text'], f'{row["native"]["median"]:,}', *figures(dom0), *figures(domu),
            f'{row["target"]:.2f}' if row['target'] else '', verdict(row), f'{dom0["exits"]:.2f}', reasons(dom0),
            f'{domu["exits"]:.2f}', ' / '.join(f'{row[side]["spread"]:.1%}' for side in ('native', 'dom0', 'domU')))


def amount(value, target, unit, scale=1):
    if value is None:
        return 'not in the log'
    return f'{value / scale:,.1f} {unit} (target {target / scale:,.0f}, {"met" if value <= target else "missed"})'


def notes(result):
    boot, memory = result['boot'], result['memory_kib']
    yield (f'One CPU; memory native {memory["native"]:,} KiB, dom0 {memory["dom0"]:,} KiB, domU {memory["domU"]:,} KiB; '
           f'medians of {result["runs_each"]} run(s) of each, in turn.')
    yield TICKS_ARE_NOT_TIME
    yield from (f'Not alike: {difference}' for difference in result['differences'])
    yield 'Entry to dom0: ' + amount(boot['ticks'], BOOT_TARGETS['ticks'], 'M ticks', 1_000_000)
    yield 'Hypervisor image: ' + amount(boot['image_bytes'], BOOT_TARGETS['image_bytes'], 'KiB', 1024)
    yield 'Memory it keeps: ' + amount(boot['memory_kib'], BOOT_TARGETS['memory_kib'], 'MiB', 1024)


def table(result):
    return Table(HEAD, RIGHT, [cells(row) for row in result['rows']], list(notes(result)))
