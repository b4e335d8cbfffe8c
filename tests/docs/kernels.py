#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of test kernels, docs/guide/test-kernels.md, made of what the kernels say about themselves.

Writes the page; tests/docs/check.py compares it. A kernel's header comment begins with its title, a line of its
own, and ends with `Class: ...`, the kind of attack or bug that it is about.
"""

import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
GUESTS = TOP / 'tests' / 'guests'
PAGE = TOP / 'docs' / 'guide' / 'test-kernels.md'

HEAD = """\
# Test kernels

Each is a folder of `tests/guests` with one `main.c`, whose header comment is its page; this table is made of
those by `tests/docs/kernels.py`. [test.md](test.md#write-a-guest-kernel) says how to write and run one. *Ends*
says what has to happen: success, success in a boot of its own, or the end of the domain for the reason given.
Classes are those of Xen's security advisories and of the processors' errata where there is one.

{kernels} kernels in {folders} folders:

| Kernel | What is tried | Class | Ends | Machine |
|---|---|---|---|---|
"""


def header(path):
    """(title, class) of a kernel's header comment."""
    lines = []
    for line in path.read_text().splitlines()[1:]:
        if not line.startswith('//'):
            break
        lines.append(line[2:].strip())
    about = re.search(r'Class: (.*?)\.?$', ' '.join(lines))
    return lines[0].rstrip('.'), about[1] if about else ''


def folders():
    """{folder: variants}, as the build has them."""
    text = (GUESTS / 'meson.build').read_text()
    listed = re.search(r'^guests = \{\n(.*?)^\}', text, re.M | re.S)[1]
    return {name: re.findall(r"'(\w+)'", variants)
            for name, variants in re.findall(r"'(\w+)': \[(.*?)\]", listed, re.S)}


def expectations():
    """{kernel: (how it ends, options)} of the table `expect`."""
    table = {}
    for line in (GUESTS / 'expect').read_text().splitlines():
        if line.strip() and not line.startswith('#'):
            name, ends, *options = re.split(r'\s{2,}', line.strip(), maxsplit=2)
            table[name] = ends, options[0] if options else ''
    return table


def machine(options):
    cpus = re.search(r'--cpus (\d+)', options)
    vcpus = re.search(r'dom0_vcpus=(\d+)', options)
    cpus, vcpus = int(cpus[1]) if cpus else 1, int(vcpus[1]) if vcpus else None
    return f'{cpus} CPU{"s" if cpus > 1 else ""}' + (f', {vcpus} vCPUs' if vcpus else '')


def summary(values):
    return '; '.join(dict.fromkeys(values))


def row(name, variants, table):
    kernels = [f'{name}-{variant}' for variant in variants] or [name]
    ends = [table.get(kernel, ('success', ''))[0] for kernel in kernels]
    ends = summary('success, alone' if end == 'alone' else end.removeprefix('halt ') for end in ends)
    machines = summary(machine(table.get(kernel, ('', ''))[1]) for kernel in kernels)
    title, about = header(GUESTS / name / 'main.c')
    shown = f'`{name}`' + (f': {", ".join(variants)}' if variants else '')
    return '| ' + ' | '.join(cell.replace('|', '\\|') for cell in (shown, title, about, ends, machines)) + ' |\n'


def page():
    listed, table = folders(), expectations()
    kernels = sum(max(1, len(variants)) for variants in listed.values())
    rows = [row(name, variants, table) for name, variants in sorted(listed.items())]
    return HEAD.format(kernels=kernels, folders=len(listed)) + ''.join(rows)


def complaints():
    """What a reader of the table would miss, as texts."""
    listed = folders()
    present = {path.parent.name for path in GUESTS.glob('*/main.c')}
    for name in sorted(present ^ listed.keys()):
        yield f'{name} is not both a folder and in tests/guests/meson.build'
    for name in sorted(present & listed.keys()):
        if not all(header(GUESTS / name / 'main.c')):
            yield f'the header comment of tests/guests/{name}/main.c lacks its title or its `Class:`'
    built = {f'{name}-{variant}' for name, variants in listed.items() for variant in variants} | listed.keys()
    for name in sorted(expectations().keys() - built):
        yield f'tests/guests/expect names {name}, which is not built'
    if not PAGE.exists() or PAGE.read_text() != page():
        yield 'this is not the table of today: run tests/docs/kernels.py'


if __name__ == '__main__':
    PAGE.write_text(page())
    sys.exit(0)
