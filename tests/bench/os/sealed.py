# SPDX-License-Identifier: Apache-2.0
"""A sealed guest beside a nested one and the bare machine: figures, targets and the table."""

from bench.os import comparison
from bench.os.report import TICKS_ARE_NOT_TIME, ratio, reasons
from bench.table import Table

# As multiples of native: of ticks, and of ticks with what silicon adds for each exit. docs/design/figures.md has them.
TARGETS = {
    'syscall': (1.01, 1.01), 'signal': (1.02, 1.02), 'protection': (1.1, 1.5), 'switch': (1.10, 1.15),
    'map': (1.25, 1.65), 'map-file': (1.3, 1.6), 'mprotect': (1.5, 1.6), 'fork': (1.25, 1.6), 'exec': (1.25, 1.6),
}
EXIT_TARGETS = {'fork': 60, 'exec': 200}  # exits of one operation
BATCH_TARGETS = {'unmap': 8}  # batches of one
EXIT_CYCLES = 1200  # of a processor, from guest to hypervisor and back; instructions do not show them

HEAD = ('operation', 'native', 'nested', 'ratio', 'sealed', 'ratio', 'target', '', 'modelled', 'target', '',
        'exits: nested', 'sealed', 'target', '', 'by reason', 'commands', 'batches', 'target', '',
        'exchanges', 'A cleared',
        'spread: native / nested / sealed')
RIGHT = {1, 2, 3, 4, 5, 6, 8, 9, 11, 12, 13, 16, 17, 18, 20, 21}


def per_operation(runs, name):
    """How often an operation made the guest's kernel do that for the seal."""
    return sum(run['seal'].get(name, 0) for run in runs) / sum(run['repetitions'] for run in runs)


def row(name, native, nested, sealed):
    comparable = name != 'cpuid'
    bare = comparison.side_of_row(native, native, comparable)
    result = {'name': name, 'text': native[0]['text'], 'native': bare,
              'nested': comparison.side_of_row(nested, native, comparable),
              'sealed': comparison.side_of_row(sealed, native, comparable),
              'seal': {what: per_operation(sealed, what) for what in COUNTED},
              'targets': TARGETS.get(name, (None, None)), 'exit_target': EXIT_TARGETS.get(name),
              'batch_target': BATCH_TARGETS.get(name)}
    added = EXIT_CYCLES * (result['sealed']['exits'] + result['seal']['accessed_cleared'])
    result['modelled'] = (result['sealed']['median'] + added) / bare['median'] if comparable else None
    return result


# In /sys/hypervisor/seal: commands in batches, batches, single exchanges, and accessed bits that a kernel wished to
# clear: each of these would be one exit more at the page's next use.
COUNTED = ('commands', 'batches', 'exchanges', 'accessed_cleared')


def compare(native, nested, sealed):
    bare, ours, closed = (comparison.by_name(runs) for runs in (native, nested, sealed))
    return {'rows': [row(name, bare[name], ours[name], closed[name]) for name in closed],
            'differences': comparison.differences(native[0], nested[0], 'nested')
                           + comparison.differences(native[0], sealed[0], 'sealed'),
            'batch_sizes': batch_sizes(sealed), 'commands_per_batch': commands_per_batch(sealed),
            'memory_kib': {'native': native[0]['memory_kib'], 'nested': nested[0]['memory_kib'],
                           'sealed': sealed[0]['memory_kib']},
            'runs_each': len(sealed)}


def batch_sizes(runs):
    """least size of a class -> batches of that class, over all operations and runs"""
    sizes = {}
    for run in runs:
        for operation in run['operations']:
            for name, count in operation['seal'].items():
                if name.startswith('batch_of_'):
                    least = int(name.removeprefix('batch_of_'))
                    sizes[least] = sizes.get(least, 0) + count
    return dict(sorted(sizes.items()))


def commands_per_batch(runs):
    def total(what):
        return sum(operation['seal'].get(what, 0) for run in runs for operation in run['operations'])
    return total('commands') / total('batches') if total('batches') else 0


def verdict(value, target):
    if target is None:
        return ''
    return 'met' if round(value, 3) <= target else 'missed'


def count(value):
    return f'{value:.2f}' if value else ''


def cells(row):
    nested, sealed, seal = row['nested'], row['sealed'], row['seal']
    ticks, modelled = row['targets']
    return (row['text'], f'{row["native"]["median"]:,}', f'{nested["median"]:,}', ratio(nested['ratio']),
            f'{sealed["median"]:,}', ratio(sealed['ratio']), f'{ticks:.2f}' if ticks else '',
            verdict(sealed['ratio'], ticks), ratio(row['modelled']), f'{modelled:.2f}' if modelled else '',
            verdict(row['modelled'], modelled), f'{nested["exits"]:.2f}', f'{sealed["exits"]:.2f}',
            str(row['exit_target'] or ''), verdict(sealed['exits'], row['exit_target']), reasons(sealed),
            count(seal['commands']), count(seal['batches']), str(row['batch_target'] or ''),
            verdict(seal['batches'], row['batch_target']), count(seal['exchanges']), count(seal['accessed_cleared']),
            ' / '.join(f'{row[side]["spread"]:.1%}' for side in ('native', 'nested', 'sealed')))


def notes(result):
    memory = result['memory_kib']
    yield (f'One CPU; memory native {memory["native"]:,} KiB, nested {memory["nested"]:,} KiB, sealed '
           f'{memory["sealed"]:,} KiB; medians of {result["runs_each"]} run(s) of each, in turn.')
    yield TICKS_ARE_NOT_TIME
    yield (f'Modelled: {EXIT_CYCLES:,} ticks more for each exit, and for each accessed bit that the kernel wished to '
           'clear, as the page\'s next use would exit on silicon. The emulator has no such exit.')
    yield from (f'Not alike: {difference}' for difference in result['differences'])
    if batches := sum(result['batch_sizes'].values()):
        shares = ', '.join(f'{least} and more: {number / batches:.1%}' for least, number in
                           result['batch_sizes'].items())
        yield (f'Commands of a batch, over all operations: {result["commands_per_batch"]:.1f}; share of batches by '
               f'size: {shares}')


def table(result):
    return Table(HEAD, RIGHT, [cells(row) for row in result['rows']], list(notes(result)))

