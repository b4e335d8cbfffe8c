# SPDX-License-Identifier: Apache-2.0
"""The tables: per folder, per file, what nothing reached; as text, Markdown or JSON."""

from dataclasses import dataclass

from .lines import HYPERVISOR


@dataclass
class Row:
    name: str
    lines: int = 0
    host: int = 0
    machine: int = 0
    together: int = 0

    def add(self, other):
        self.lines += other.lines
        self.host += other.host
        self.machine += other.machine
        self.together += other.together

    def cells(self):
        return [self.name, str(self.lines), *(share(part, self.lines) for part in (self.host, self.machine)),
                share(self.together, self.lines), str(self.lines - self.together)]


HEADINGS = ['', 'lines', 'host', 'machine', 'together', 'unreached']


def share(part, whole):
    # Rounded down: 100 % means all.
    return f'{part * 1000 // whole / 10:.1f} %' if whole else '-'


def rows(host, machine):
    """A row per file, sorted by name."""
    for file in sorted(host.counts.keys() | machine.counts.keys()):
        here, there = host.counts[file], machine.counts[file]
        lines = here.keys() | there.keys()
        yield Row(file, len(lines), sum(here[line] > 0 for line in lines), sum(there[line] > 0 for line in lines),
                  sum(here[line] + there[line] > 0 for line in lines))


def total(name, parts):
    sum_of = Row(name)
    for part in parts:
        sum_of.add(part)
    return sum_of


def folders(files):
    names = sorted({row.name.split('/')[0] for row in files})
    return [*(total(name, (row for row in files if row.name.startswith(name + '/'))) for name in names),
            total('all', files)]


def assembly():
    """gcov knows nothing of these: (file, lines)."""
    return [(str(path.relative_to(HYPERVISOR)), len(path.read_text().splitlines()))
            for path in sorted(HYPERVISOR.rglob('*.S'))]


def text_table(table):
    cells = [HEADINGS, *(row.cells() for row in table)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(HEADINGS))]
    return '\n'.join('  '.join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in
                                                           zip(row[1:], widths[1:]))]) for row in cells)


def markdown_table(table):
    return '\n'.join(['| ' + ' | '.join(HEADINGS) + ' |', '|---|' + '--:|' * (len(HEADINGS) - 1),
                      *('| ' + ' | '.join(row.cells()) + ' |' for row in table)])


def unmeasured():
    return 'Not measured: assembly, ' + ', '.join(f'{file} ({lines} lines)' for file, lines in assembly()) + '.'


def without_reason(unreached):
    return sum(part.lines for part in unreached if not part.reason)


def text(files, unreached):
    parts = [text_table(files), '', text_table(folders(files)), '', unmeasured(), '', 'Unreached:']
    parts += [f'  {part}: {part.reason or "NO REASON"}' for part in unreached]
    return '\n'.join(parts)


def markdown(files, unreached):
    parts = [markdown_table(folders(files)), '', unmeasured(), '', '## Files', '', markdown_table(files), '',
             '## Unreached lines', '', '| Lines | Of | Reason |', '|---|---|---|']
    parts += [f'| {part} | {", ".join(f"`{name}`" for name in sorted(part.functions))} | {part.reason} |'
              for part in unreached]
    return '\n'.join(parts) + '\n'


def as_json(files, unreached):
    return {'files': {row.name: {key: getattr(row, key) for key in ('lines', 'host', 'machine', 'together')}
                      for row in files},
            'unreached': [{'file': part.file, 'first': part.first, 'last': part.last, 'lines': part.lines,
                           'functions': sorted(part.functions), 'reason': part.reason or None}
                          for part in unreached],
            'assembly': dict(assembly())}
