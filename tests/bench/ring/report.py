# SPDX-License-Identifier: Apache-2.0
"""The table: what each ring does in a second, and ours against the best of its peers."""

from statistics import geometric_mean, median

from bench.ring.build import DESCRIPTOR_RINGS, OURS, RINGS
from bench.ring.runs import OUTSTANDING
from bench.table import Table

WORDS = {'bare': 'poll', 'look': 'poll, look', 'sleep': 'sleep'}
TOLERANCE = 1.05  # runs of one ring lie further apart than that


def millions(nanoseconds):
    return f'{1000 / nanoseconds:.1f}'


def cell(sample):
    """Millions of operations in a second, of the best run and of the median."""
    return f'{millions(min(sample.times))} / {millions(median(sample.times))}' if sample else ''


def against_best(rings, ring):
    """(times as long as the best descriptor ring among the peers, its name), by medians; None without one."""
    peers = {name: median(rings[name].times) for name in DESCRIPTOR_RINGS if name in rings}
    if ring not in rings or not peers:
        return None
    best = min(peers, key=peers.get)
    return median(rings[ring].times) / peers[best], best


def has_target(setting):
    return setting.mode != 'sleep' and setting.outstanding == OUTSTANDING


def verdict(setting, found):
    if not has_target(setting) or found is None:
        return ''
    return 'met' if found[0] <= TOLERANCE else 'missed'


def of_best(found, named):
    return '' if found is None else f'{found[0]:.2f}' + (f' {RINGS[found[1]]}' if named else '')


def notifications(rings):
    found = {name: median(rings[name].notifications) for name in RINGS if name in rings}
    return '; '.join(f'{RINGS[name]} {count:.3f}' for name, count in found.items())


def row(setting, rings):
    ours, other = against_best(rings, 'lintel'), against_best(rings, 'index')
    return (WORDS[setting.mode], f'{setting.size:,}', f'{setting.batch}', f'{setting.outstanding}',
            *(cell(rings.get(ring)) for ring in RINGS), of_best(ours, True), verdict(setting, ours),
            of_best(other, False))


def spread(samples):
    """By how much the slowest run of a ring in a setting takes longer than its fastest; the median of that."""
    return median(max(sample.times) / min(sample.times) - 1 for sample in samples)


def overall(result, ring):
    """Over the settings with a target: how long `ring` takes, as multiples of the best peer and of each."""
    chosen = [rings for setting, rings in result.items() if has_target(setting) and ring in rings]
    best = [found[0] for rings in chosen if (found := against_best(rings, ring))]
    if not best:
        return None
    means = {peer: geometric_mean(median(rings[ring].times) / median(rings[peer].times) for rings in chosen)
             for peer in DESCRIPTOR_RINGS if all(peer in rings for rings in chosen)}
    return geometric_mean(best), min(best), max(best), means


def overall_words(ring, found):
    mean, least, most, means = found
    return (f'{RINGS[ring]}, polling with {OUTSTANDING} outstanding: {mean:.2f} times as long as the best peer '
            f'({least:.2f} to {most:.2f}), '
            + ', '.join(f'{times:.2f} of {RINGS[peer]}' for peer, times in means.items()) + '; geometric means.')


def notes(result, left_out):
    samples = [sample for rings in result.values() for sample in rings.values()]
    lines = [line for sample in samples for line in sample.lines]
    runs = sum(len(sample.times) for sample in samples)
    yield ('Millions of operations in a second, best run / median; an operation is a request and its completion. '
           '*of best*: how long ours takes, as multiples of the best descriptor ring of the same runs, by medians. '
           f'The target is 1, with {OUTSTANDING} outstanding; up to {TOLERANCE} counts as met.')
    for ring in RINGS:
        if ring in OURS and (found := overall(result, ring)):
            yield overall_words(ring, found)
    yield (f'{len(samples[0].times)} runs of each, in turn. A run in which a thread lost its CPU was made again: '
           f'{sum(sample.repeated for sample in samples)} times; {sum(sample.preempted for sample in samples)} of '
           f'{runs} runs stayed so. Within a cell, the slowest run took {spread(samples):.0%} longer than the fastest.')
    yield (f'A cache line took {min(lines):.0f} to {max(lines):.0f} ns from one CPU to the other, '
           f'median {median(lines):.0f}.')
    if not all(sample.realtime for sample in samples):
        yield 'The threads had no real-time priority: other programs of the host were in their way.'
    for setting, rings in result.items():
        if setting.mode == 'sleep':
            yield f'Notifications for an operation, asleep, batches of {setting.batch}: {notifications(rings)}.'
    for ring, why in left_out.items():
        yield f'{RINGS[ring]} is left out: {why}.'


HEAD = ('how', 'slots', 'batch', 'outstanding', *RINGS.values(), 'of best', 'target', 'producer index: of best')
RIGHT = set(range(1, 4 + len(RINGS)))


def table(report):
    result, left_out = report
    return Table(HEAD, RIGHT, [row(setting, rings) for setting, rings in result.items()],
                 list(notes(result, left_out)))
