# SPDX-License-Identifier: Apache-2.0
"""Ranges of lines that nothing reached, and the table of reasons, tests/coverage/unreached.

    FILE  WHAT  REASON        fields two or more spaces apart

WHAT is `name()`, all of a function; or text that stands on a line of the range; or `*`, the whole file.
"""

import re
from dataclasses import dataclass

from .lines import HYPERVISOR


@dataclass
class Range:
    """Unreached lines of one function without a reached one in between."""
    file: str
    first: int
    last: int
    lines: int  # those that have code
    functions: frozenset  # the names the function around it has
    text: str
    reason: str = ''

    def __str__(self):
        span = f'{self.first}-{self.last}' if self.last > self.first else f'{self.first}'
        return f'{self.file}:{span}'


@dataclass
class Entry:
    number: int
    file: str
    what: str
    reason: str
    used: bool = False

    def explains(self, unreached):
        if unreached.file != self.file:
            return False
        if self.what.endswith('()'):
            return self.what[:-2] in unreached.functions
        return self.what == '*' or self.what in unreached.text


def parse(text):
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith('#'):
            continue
        fields = re.split(r'\s{2,}', line, maxsplit=2)
        if len(fields) != 3:
            raise ValueError(f'tests/coverage/unreached:{number}: three fields are needed, two or more spaces apart')
        yield Entry(number, *fields)


def source(file):
    return (HYPERVISOR / file).read_text().splitlines()


def ranges(file, counts, functions, text):
    """`counts` {line: count}, `functions` {(first, last, name)}, `text` the file's lines."""
    found, place = [], None
    for line in sorted(counts):
        around = innermost(line, functions)
        if counts[line]:
            place = None
        elif place == (around[:2] if around else ()) and found:
            found[-1].last, found[-1].lines = line, found[-1].lines + 1
        else:
            place = around[:2] if around else ()
            names = frozenset(name for first, last, name in functions if (first, last) == place)
            found.append(Range(file, line, line, 1, names, ''))
    for unreached in found:
        unreached.text = '\n'.join(text[unreached.first - 1:unreached.last])
    return found


def innermost(line, functions):
    """The shortest function around a line: a lambda before the one it stands in."""
    return min((function for function in functions if function[0] <= line <= function[1]),
               key=lambda function: (function[1] - function[0], -function[0]), default=None)


def explain(found, entries):
    """Gives each range its reason; returns the entries that explain nothing any more."""
    for unreached in found:
        for entry in entries:
            if entry.explains(unreached):
                entry.used = True
                unreached.reason = unreached.reason or entry.reason
    return [entry for entry in entries if not entry.used]
