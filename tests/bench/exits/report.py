# SPDX-License-Identifier: Apache-2.0
"""The table: a row for each vCPU's boot and idle time, and for each operation; a column for each reason."""

from bench.os import comparison
from bench.table import Table

IDLE_TARGET = 300  # exits a second of one CPU, at most
LEAST = 0.005      # what is less is shown as nothing

NOTES = [
    'Boot: from the first instruction of dom0 to the first line of its script. Idle: of a second, over ten of them, '
    'on a dom0 that sleeps. Operations: of one repetition, timer interrupts that fell into it included.',
    'A reason without a column was not seen. Of the others nearly all come of the VMX-preemption timer, which bounds a '
    'stay in the guest to a millisecond on the emulator only (hypervisor/cpu/quirks.hpp).',
]


def row(kind, name, exits, digits, target=None):
    return {'kind': kind, 'name': name, 'exits': exits, 'total': sum(exits.values()), 'digits': digits,
            'target': target}


def of_boot(cpus, found):
    for kind, digits, target in (('boot', 0, None), ('idle', 1, IDLE_TARGET)):
        for vcpu, exits in found[kind].items():
            yield row(kind, f'{kind}, {cpus} CPU{"s" if cpus > 1 else ""}, vCPU {vcpu}', exits, digits, target)


def of_operations(runs):
    for operations in comparison.by_name(runs).values():
        yield row('operation', operations[0]['text'], comparison.exits(operations), 2)


def met(entry):
    return {True: 'met', False: 'missed'}[entry['total'] < entry['target']] if entry['target'] else ''


def table(rows):
    reasons = list(dict.fromkeys(reason for entry in rows for reason in entry['exits']))
    seen = [reason for reason in reasons if any(entry['exits'].get(reason, 0) >= LEAST for entry in rows)]

    def number(value, digits):
        return f'{value:,.{digits}f}' if value >= LEAST else ''

    def cells(entry):
        counts = (number(entry['exits'].get(reason, 0), entry['digits']) for reason in seen)
        target = f'< {entry["target"]}' if entry['target'] else ''
        return (entry['name'], f'{entry["total"]:,.{entry["digits"]}f}', *counts, target, met(entry))

    head = ('', 'exits', *seen, 'target', '')
    return Table(head, set(range(1, len(head) - 1)), [cells(entry) for entry in rows], NOTES)
