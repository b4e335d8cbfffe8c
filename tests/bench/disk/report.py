# SPDX-License-Identifier: Apache-2.0
"""The table: ticks of an operation natively, in dom0, and in a guest, and what a request takes beside them."""

from statistics import median

from bench.table import Table

HEAD = ('load', 'native', 'dom0', 'guest', 'target', '', 'Xen 4.17', 'exits: guest', 'dom0', 'target', '', 'events',
        'grant calls')
RIGHT = {1, 2, 3, 4, 6, 7, 8, 9, 11, 12}
GRANT_CALLS = ('grant_map', 'grant_unmap', 'grant_copy', 'grant_revoke', 'grant_revoke_batch')


def ticks(runs):
    return round(median(run['ticks'] / run['operations'] for run in runs))


def rate(runs, counts_of, names=None):
    """How often an operation has that counted, over all runs."""
    total = sum(count for run in runs for name, count in counts_of(run).items() if names is None or name in names)
    return total / sum(run['operations'] for run in runs)


def row(load, native, dom0, guest):
    def calls(names):
        return (rate(guest, lambda run: run['hypercalls'], names) +
                rate(guest, lambda run: run['dom0']['hypercalls'], names))
    return {'text': load.text, 'native': ticks(native), 'dom0': ticks(dom0), 'guest': ticks(guest),
            'target': load.target, 'xen': load.xen, 'exit_target': load.exit_target,
            'guest_exits': rate(guest, lambda run: run['exits']),
            'dom0_exits': rate(guest, lambda run: run['dom0']['exits']),
            'events': calls(('event_send',)), 'grants': calls(GRANT_CALLS)}


def verdict(value, target, met):
    return '' if target is None else 'met' if met(value, target) else 'missed'


def number(value):
    return '' if value is None else f'{value:,}'


def cells(row):
    exits = row['guest_exits'] + row['dom0_exits']
    return (row['text'], *(number(row[place]) for place in ('native', 'dom0', 'guest')), number(row['target']),
            verdict(row['guest'], row['target'], lambda value, most: value <= most), number(row['xen']),
            f'{row["guest_exits"]:.3f}', f'{row["dom0_exits"]:.3f}',
            '' if row['exit_target'] is None else f'< {row["exit_target"]}',
            verdict(exits, row['exit_target'], lambda value, bound: value < bound),
            f'{row["events"]:.3f}', f'{row["grants"]:.4f}')


def table(result):
    notes = [f'One CPU; {result["runs_each"]} run(s) of each, in turn. The disk is RAM of the kernel that has it: in '
             "the last case dom0's, and lintel-block serves it; figures are of the whole machine, both sides' work "
             'included.',
             'Ticks are of the time stamp counter, by operation. Exits, events sent and grant calls (map, unmap, copy, '
             'revoke) are by operation too; what dom0 counts includes the moments around each load.']
    return Table(HEAD, RIGHT, [cells(row) for row in result['rows']], notes)
