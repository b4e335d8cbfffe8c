# SPDX-License-Identifier: Apache-2.0
"""The table, for a terminal or as Markdown."""

from statistics import median

from bench.table import Table

HEAD = ('load', 'Lintel', 'least', 'fio', 'least', 'ratio', 'target', '')
RIGHT = {1, 2, 3, 4, 5, 6}


def cells(row):
    ours, fio = row['ours'], row['fio']
    ratio = median(ours) / median(fio)
    target = row['target']
    verdict = '' if target is None else 'met' if ratio >= target else 'missed'
    return (row['name'], f'{median(ours):,.0f}', f'{min(ours):,.0f}', f'{median(fio):,.0f}', f'{min(fio):,.0f}',
            f'{ratio:.3f}', '' if target is None else f'{target:.2f}', verdict)


def table(result):
    notes = [f'Operations per second, medians and least of {result["runs"]} run(s) of {result["seconds"]} s each, in '
             f'turn, on one file of {result["megabytes"]:,} MiB; ratio of the medians.',
             'Lintel: a process that plays the guest, rings, lintel-block, io_uring. fio: io_uring with registered '
             'file and buffers. Both with direct I/O; the guest does not copy into or out of the pool.',
             'One processor: both sides of ours, and likewise fio, have to share one; otherwise they may use all.']
    return Table(HEAD, RIGHT, [cells(row) for row in result['rows']], notes)
