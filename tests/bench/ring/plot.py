# SPDX-License-Identifier: Apache-2.0
"""The medians as an SVG: a panel for each mode and size, operations per second over the batch."""

from math import log2
from statistics import median
from xml.sax.saxutils import escape

from bench.ring.build import RINGS
from bench.ring.report import WORDS

COLOURS = dict(zip(RINGS, ('#c00000', '#e69f00', '#0072b2', '#009e73', '#56b4e9', '#6a3d9a', '#777777')))
WIDTH, HEIGHT = 240, 170  # of a panel's axes
LEFT, TOP, GAP = 50, 50, 60


def panels(result):
    """{(mode, size): {ring: [(batch, operations per second in millions)]}}."""
    found = {}
    for setting, rings in result.items():
        panel = found.setdefault((setting.mode, setting.size), {})
        for ring, sample in rings.items():
            panel.setdefault(ring, []).append((setting.batch, 1000 / median(sample.times)))
    return found


def text(x, y, words, anchor='middle', colour='black'):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'


def round_up(value):
    """The next of 1, 2, 5, 10, 20 ..."""
    step = 1.0
    while True:
        for factor in (1, 2, 5):
            if value <= factor * step:
                return factor * step
        step *= 10


def panel(x, y, title, rings):
    batches = sorted({batch for points in rings.values() for batch, _ in points})
    most = round_up(max(rate for points in rings.values() for _, rate in points))
    widest = max(log2(batches[-1]), 1)

    def place(batch, rate):
        return x + WIDTH * log2(batch) / widest, y + HEIGHT * (1 - rate / most)

    yield f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999999"/>'
    yield text(x + WIDTH / 2, y - 8, title)
    for batch in batches:
        yield text(place(batch, 0)[0], y + HEIGHT + 15, str(batch))
    for part in (0, 0.5, 1):
        yield text(x - 5, place(1, part * most)[1] + 4, f'{part * most:g}', 'end')
    for ring, points in rings.items():
        line = ' '.join('{:.1f},{:.1f}'.format(*place(*point)) for point in sorted(points))
        yield f'<polyline points="{line}" fill="none" stroke="{COLOURS[ring]}" stroke-width="1.6"/>'


def svg(result):
    found = panels(result)
    modes = list(dict.fromkeys(mode for mode, _ in found))
    columns = max(sum(mode == other for other, _ in found) for mode in modes)
    width, height = LEFT + columns * (WIDTH + GAP), TOP + len(modes) * (HEIGHT + GAP)
    shapes = [text(LEFT, 18, 'millions of operations in a second (median) over the batch', 'start')]
    for number, (ring, name) in enumerate(RINGS.items()):
        shapes.append(text(LEFT + number % 4 * 180, height + 10 + number // 4 * 18, name, 'start', COLOURS[ring]))
    for line, mode in enumerate(modes):
        for column, size in enumerate(size for other, size in found if other == mode):
            shapes += panel(LEFT + column * (WIDTH + GAP), TOP + line * (HEIGHT + GAP),
                            f'{WORDS[mode]}, {size:,} slots', found[mode, size])
    return '\n'.join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height + 40}" '
                      'font-family="sans-serif" font-size="12">',
                      '<rect width="100%" height="100%" fill="white"/>', *shapes, '</svg>', ''])
