# SPDX-License-Identifier: Apache-2.0
"""The operations in words, their targets, and the table."""

from bench.table import Table

# name: what it is, and the ticks it may take
OPERATIONS = {
    'null': ('null hypercall and back', 300),
    'cpuid': ('CPUID and back', None),
    'timer-passed': ('timer set to a time that has passed, until the upcall', None),
    'timer-running': ('deadline until the upcall, vCPU runs', None),
    'timer-halted': ('deadline until the upcall, vCPU in HLT', None),
    'switch-pair': ('two vCPUs of a CPU: there and back by vcpu_yield', None),
    'event-same-cpu': ('event until the upcall: same CPU, in HLT, sender yields', None),
    'event-halted': ('event until the upcall: another CPU, in HLT', None),
    'event-running': ('event until the upcall: another CPU, which runs the vCPU', None),
    'nmi-halted': ('vcpu_nmi until the handler: another CPU, in HLT', None),
    'nmi-running': ('vcpu_nmi until the handler: another CPU, which runs the vCPU', None),
    'unmap-4k': ('release a page of 4 KiB', None),
    'map-4k': ('claim a page of 4 KiB', None),
    'unmap-4k-shared': ('release 4 KiB, another CPU runs the domain', None),
    'map-4k-shared': ('claim 4 KiB, another CPU runs the domain', None),
    'unmap-2m': ('release a page of 2 MiB', None),
    'map-2m': ('claim a page of 2 MiB', None),
    'unmap-2m-shared': ('release 2 MiB, another CPU runs the domain', None),
    'map-2m-shared': ('claim 2 MiB, another CPU runs the domain', None),
    'pt-exchange': ('sealed: exchange an entry by registers', None),
    'pt-batch-1': ('sealed: set an entry by a batch of one', None),
    'pt-batch-256': ('sealed: set 256 entries of a table by one batch', 256 * 50 + 300),
    'pt-batch-scattered': ('sealed: set 256 entries, of two tables in turn', None),
    'pt-batch-absent': ('sealed: clear 256 entries by as many commands', None),
    'pt-change-1': ('sealed: take W and D from one entry, by a batch of one', None),
    'pt-change-protect': ('sealed: take W and D from a run of 512 entries', None),
    'pt-change-open': ('sealed: give W and D to a run of 512 entries', None),
    'pt-change-clear': ('sealed: clear a run of 512 entries', None),
}
HEAD = ('mechanism', 'median', 'least', 'most', 'target', '', 'exits', 'by reason')
RIGHT = {1, 2, 3, 4, 6}
NOTES = [
    'Figures are TSC ticks. On the emulated machine a tick is an instruction, not a time; with two CPUs the clock moves '
    'five ticks at a time.',
    'Exits are those of both vCPUs between the two readings of the clock. What a VM exit costs on silicon, a '
    'thousand cycles or more, does not show in the ticks.',
    'On one CPU the receiver of an event has to give the CPU back: that HLT is among the exits, and not in the ticks.',
    'A page that was released is erased by an idle CPU, or when it is claimed: of the ticks for claiming 2 MiB nearly all are that.',
]


def rows(found):
    for name, (text, target) in OPERATIONS.items():
        if name in found:
            yield {'name': name, 'text': text, 'target': target} | found[name]


def verdict(row):
    if row['target'] is None:
        return ''
    return 'met' if row['median'] <= row['target'] else 'missed'


def cells(row):
    reasons = ', '.join(f'{reason} {count:.2f}' for reason, count in row['exits'].items() if count >= 0.005)
    return (row['text'], f'{row["median"]:,}', f'{row["least"]:,}', f'{row["most"]:,}',
            f'{row["target"]:,}' if row['target'] else '', verdict(row), f'{sum(row["exits"].values()):.2f}', reasons)


def table(result):
    return Table(HEAD, RIGHT, [cells(row) for row in result], NOTES)
