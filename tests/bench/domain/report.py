# SPDX-License-Identifier: Apache-2.0
"""The table: what a guest costs dom0, beside what Xen took on the same machine."""

from statistics import median

from bench.domain.boots import MEMORY
from bench.table import Table

MILLION = 1_000_000

# name, text, unit, target, Xen 4.17 on this machine with the same kernel and no devices
ROWS = [
    ('create', "create, from linteld's receipt to its answer", MILLION, 8 * MILLION, '132.0 M'),
    ('create_command', "create --paused, the whole command", MILLION, None, ''),
    ('user', "from the command's start to the guest's first user-space instruction", MILLION, 250 * MILLION, '417.0 M'),
    ('destroy_command', 'destroy, the whole command', MILLION, 10 * MILLION, '56.0 M'),
    ('clock', "reading the clock: a process, part of each figure but the first", MILLION, None, ''),
    ('state_kib', 'state of an idle guest of one vCPU', None, 72, '88 KiB PV, 1.6 MiB PVH'),
    ('ept_kib', 'its EPT', None, None, ''),
    ('lost_frames', 'frames that are not back after its end', None, 0, ''),
]


def text(value, unit, name):
    if unit:
        return f'{value / unit:,.1f} M'
    return f'{value:,.0f} KiB' if name.endswith('_kib') else f'{value:,.0f}'


def verdict(value, target):
    return '' if target is None else 'met' if value <= target else 'missed'


def cells(runs, name, words, unit, target, xen):
    values = [run[name] for run in runs]
    # A frame that is lost once is lost: the worst counts.
    value = max(values) if unit is None else median(values)
    return (words, text(value, unit, name), text(min(values), unit, name), text(max(values), unit, name),
            '' if target is None else text(target, unit, name), verdict(value, target), xen)


def table(runs):
    head = ('', 'median', 'least', 'most', 'target', '', 'Xen 4.17')
    notes = [f'One CPU, guests of {MEMORY} MiB with one vCPU, {len(runs)} of each; ticks of the time stamp counter. Frames '
             'were clean before each guest was made: the hypervisor erases them while a CPU is idle.',
             'The kernel is in uncompressed form and lies in the page cache; the root file system is the usual one, with '
             'another first process.']
    return Table(head, {1, 2, 3, 4}, [cells(runs, *row) for row in ROWS], notes)
