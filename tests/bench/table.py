# SPDX-License-Identifier: Apache-2.0
"""A table with notes below it, for a terminal or as Markdown."""

from dataclasses import dataclass


@dataclass
class Table:
    head: tuple[str, ...]
    right: set[int]  # columns of numbers
    rows: list[tuple[str, ...]]
    notes: list[str]

    def text(self):
        table = [self.head, *self.rows]
        widths = [max(len(line[column]) for line in table) for column in range(len(self.head))]
        lines = ['  '.join(cell.rjust(width) if column in self.right else cell.ljust(width)
                           for column, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in table]
        return '\n'.join(['', *lines, '', *self.notes, ''])

    def markdown(self):
        rule = ['--:' if column in self.right else '---' for column in range(len(self.head))]
        lines = ['| ' + ' | '.join(line) + ' |' for line in (self.head, rule, *self.rows)]
        return '\n'.join([*lines, '', *(f'- {note}' for note in self.notes), ''])
