# SPDX-License-Identifier: Apache-2.0
"""The table, for a terminal or as Markdown."""

from bench.table import Table
from comparison import BOOT_TARGETS, met

HEAD = ('operation', 'native', 'dom0', 'ratio', 'of means', 'target', '', 'exits', 'by reason', 'spread')
RIGHT = {1, 2, 3, 4, 5, 7}
REASONS_SHOWN = 3


def ratio(value):
    return '' if value is None else f'{value:.3f}'


def verdict(row):
    return {None: '', True: 'met', False: 'missed'}[met(row)]


def reasons(row):
    shown = [f'{reason} {count:.2f}' for reason, count in list(row['reasons'].items())[:REASONS_SHOWN]
             if count >= 0.005]
    return ', '.join(shown)


def cells(row):
    return (row['text'], f'{row["native"]:,}', f'{row["dom0"]:,}', ratio(row['ratio']), ratio(row['mean_ratio']),
            f'{row["target"]:.2f}' if row['target'] else '', verdict(row), f'{row["exits"]:.2f}', reasons(row),
            f'{row["spread"]["native"]:.1%} / {row["spread"]["dom0"]:.1%}')


def amount(value, target, unit, scale=1):
    if value is None:
        return 'not in the log'
    return f'{value / scale:,.1f} {unit} (target {target / scale:,.0f}, {"met" if value <= target else "missed"})'


def notes(result):
    boot, memory = result['boot'], result['memory_kib']
    yield (f'One CPU; memory native {memory["native"]:,} KiB, dom0 {memory["dom0"]:,} KiB; medians of '
           f'{result["runs_each"]} run(s) of each, in turn.')
    yield ('Figures are TSC ticks. On the emulated machine a tick is an instruction, not a time: caches, TLBs and '
           'what a VM exit costs on silicon do not show, hence the exits per operation.')
    yield from (f'Not alike: {difference}' for difference in result['differences'])
    yield 'Entry to dom0: ' + amount(boot['ticks'], BOOT_TARGETS['ticks'], 'M ticks', 1_000_000)
    yield 'Hypervisor image: ' + amount(boot['image_bytes'], BOOT_TARGETS['image_bytes'], 'KiB', 1024)
    yield 'Memory it keeps: ' + amount(boot['memory_kib'], BOOT_TARGETS['memory_kib'], 'MiB', 1024)


def table(result):
    return Table(HEAD, RIGHT, [cells(row) for row in result['rows']], list(notes(result)))
