# SPDX-License-Identifier: MIT
"""Compares the ABI as compiled with layout.golden: compare.py PROGRAM GOLDEN HEADER...

Fails on any difference, on padding that no field names, and on a constant of the headers that the
program does not print.
"""

import difflib
import re
import subprocess
import sys


def unnamed_padding(lines):
    """Offsets that no field covers; they would be bytes of the hypervisor's that a guest can read."""
    size, end, struct = 0, 0, None
    for line in [*lines, 'struct end: 0 bytes']:
        if whole := re.fullmatch(r'struct (\w+): (\d+) bytes', line):
            if end != size:
                yield f'{struct}: bytes {end} to {size} have no name'
            struct, size, end = whole[1], int(whole[2]), 0
        elif field := re.fullmatch(r'  (\S+): (\d+), (\d+) bytes', line):
            if int(field[2]) != end:
                yield f'{field[1]}: is at {field[2]}, the field before it ends at {end}'
            end = int(field[2]) + int(field[3])


def unprinted(lines, headers):
    """Constants and shared structures that headers define and the program forgets."""
    text = '\n'.join(lines)
    for header in headers:
        with open(header) as file:
            source = file.read()
        names = re.findall(r'#define (LINTEL_\w+) +\S', source) + re.findall(r'^ +(LINTEL_\w+)[ ,=]', source, re.M)
        names += re.findall(r'^struct (\w+) \{(?! /\* not shared)', source, re.M)
        for name in names:
            if not re.search(rf'\b{name}\b', text) and not name.startswith('LINTEL_HC_##'):
                yield f'{header}: {name} is missing from layout.c'


def main():
    program, golden, *headers = sys.argv[1:]
    lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()
    with open(golden) as file:
        expected = file.read().splitlines()
    faults = list(difflib.unified_diff(expected, lines, golden, 'as compiled', lineterm='', n=0))
    faults += [*unnamed_padding(lines), *unprinted(lines, headers)]
    print('\n'.join(faults) or 'same')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
