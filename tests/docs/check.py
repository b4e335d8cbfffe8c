#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the documents with the code, and the code with the rules that documents state.

Prints one line per disagreement, FILE:LINE: what is wrong, and exits with status 1 if there is any.
"""

import re
import sys
from pathlib import Path

import kernels

TOP = Path(__file__).resolve().parents[2]
HEADERS = TOP / 'pvabi' / 'include' / 'lintel'
ABI = TOP / 'docs' / 'abi'

complaints = []


def complain(path, line, text):
    complaints.append(f'{path.relative_to(TOP)}:{line}: {text}')


def lines(path):
    return list(enumerate(path.read_text().splitlines(), 1))


def pages():
    return [TOP / 'README.md', *sorted((TOP / 'docs').rglob('*.md'))]


def prose(path):
    """The lines of a page outside of its code blocks."""
    code = False
    for number, text in lines(path):
        if text.lstrip().startswith('```'):
            code = not code
        elif not code:
            yield number, text


def block(path, name):
    """The lines of the first code block marked with this name, numbered."""
    inside = False
    for number, text in lines(path):
        if inside and text.startswith('```'):
            return
        if inside:
            yield number, text
        inside = inside or text == f'```{name}'


def cells(text):
    r"""A table's row as its cells; `\|` is a bar inside a cell."""
    return [cell.strip().replace('\\|', '|') for cell in re.split(r'(?<!\\)\|', text.strip())[1:-1]]


# --- links ---


def anchor(heading):
    plain = re.sub(r'\[([^]]*)\]\([^)]*\)', r'\1', heading).replace('`', '').strip().lower()
    return re.sub(r'[^\w\- ]', '', plain).replace(' ', '-')


def anchors(path):
    return {anchor(text.lstrip('#')) for _, text in prose(path) if re.match(r'#+ ', text)}


def check_target(path, line, target, base):
    name, _, wanted = target.partition('#')
    place = (base / name).resolve() if name else path
    if not place.exists():
        complain(path, line, f'there is no {target}')
    elif wanted and place.suffix == '.md' and wanted not in anchors(place):
        complain(path, line, f'{name or path.name} has no section #{wanted}')


def check_links():
    for page in pages():
        text = '\n'.join(t for _, t in prose(page))  # a link's text may be broken over two lines
        numbers = [n for n, _ in prose(page)]
        for link in re.finditer(r'\]\(([^)\s]+)\)', text):
            line = numbers[text.count('\n', 0, link.start())]
            if not re.match(r'[a-z]+:', link[1]):
                check_target(page, line, link[1], page.parent)


def check_references_in_sources():
    """`docs/...md#section` in a comment of the code."""
    for folder in ('hypervisor', 'pvabi', 'backends', 'tests', 'toolstack'):
        for path in sorted((TOP / folder).rglob('*')):
            if path.suffix in ('.h', '.c', '.hpp', '.cpp', '.S', '.py', '.def'):
                for number, text in lines(path):
                    for target in re.findall(r'docs/[\w/-]+\.md(?:#[\w-]+)?', text):
                        check_target(path, number, target, TOP)


# --- the ABI ---


def hypercalls():
    found = re.findall(r'^HYPERCALL\((\w+), (\d+), (\d+)\)', (HEADERS / 'hypercalls.def').read_text(), re.M)
    return {name: (int(number), int(arguments)) for name, number, arguments in found}


def check_hypercalls():
    calls, index, seen = hypercalls(), ABI / 'index.md', set()
    for number, text in prose(index):
        row = re.match(r'\| (\d+) \| `(\w+)\(([^)]*)\)` \| (\d+) \| \[[^]]*\]\(([\w.]+)#(\w+)\) \|', text)
        if not row:
            continue
        name, arguments = row[2], [a for a in row[3].split(', ') if a]
        seen.add(name)
        if calls.get(name) != (int(row[1]), int(row[4])) or len(arguments) != int(row[4]) or row[6] != name:
            complain(index, number, f'{name}: hypercalls.def says (number, arguments) = {calls.get(name)}')
    for name in calls.keys() - seen:
        complain(index, 1, f'the index lacks {name}')
    for name in calls:
        sections = [page for page in ABI.glob('*.md')
                    for _, text in prose(page) if re.fullmatch(f'#+ {name}', text)]
        if len(sections) != 1:
            complain(index, 1, f'{name} has {len(sections)} sections in docs/abi, not one')


def constants():
    """Every #define with a value and every enumerator of the public headers."""
    values = {}
    for path in sorted(HEADERS.glob('*.h')):
        text = re.sub(r'/\*.*?\*/', '', path.read_text(), flags=re.S)
        for name, value in re.findall(r'^#define (LINTEL_\w+) +(\S.*)$', text, re.M):
            values[name] = re.sub(r'\b(0x[0-9a-f]+|\d+)u?l*\b', r'\1', value)
        for body in re.findall(r'enum \w+ \{([^#}]*)\}', text):
            names = re.findall(r'LINTEL_\w+', body)
            values.update({name: str(value) for value, name in enumerate(names)})

    def value_of(name):
        return eval(re.sub(r'LINTEL_\w+', lambda m: f'({value_of(m[0])})', values[name]))  # our own headers
    return {name: value_of(name) for name in values}


def check_constants():
    """Rows of docs/abi whose first cells are a constant's name and a number."""
    known, documented = constants(), set()
    for page in sorted(ABI.glob('*.md')):
        for number, text in prose(page):
            row = cells(text) if text.startswith('| `LINTEL_') else []
            name = row[0].strip('`') if row else ''
            if name and name not in known and re.fullmatch(r'`LINTEL_\w+`', row[0]):
                complain(page, number, f'no header defines {name}')
            elif len(row) > 1 and re.fullmatch(r'-?\d+|0x[0-9a-f]+', row[1]):
                documented.add(name)
                if int(row[1], 0) != known[name]:
                    complain(page, number, f'{name} is {known[name]:#x} ({known[name]}) in the headers')
    for name in known.keys() - documented:
        if name.startswith(('LINTEL_E', 'LINTEL_SHUTDOWN_', 'LINTEL_WINDOW_')) and not name.startswith('LINTEL_EVENT'):
            complain(ABI / 'index.md', 1, f'{name} is in no table of docs/abi with its value')


def layout(header, name):
    """(offset, size) of each field of a struct, natural alignment."""
    body = re.search(rf'struct {name} \{{(.*?)\n\}};', (HEADERS / header).read_text(), re.S)[1]
    at, fields = 0, {}
    body = re.sub(r'/\*.*?\*/', '', body, flags=re.S).replace('char ', 'int8_t ')
    for bits, field, count in re.findall(r'u?int(\d+)_t (\w+)(?:\[(\d+)\])?;', body):
        size = int(bits) // 8
        at = -(-at // size) * size
        fields[field] = (at, size * int(count or 1))
        at += fields[field][1]
    return fields


def check_layouts():
    for header, name, page in (('info.h', 'lintel_info', 'info.md'), ('info.h', 'lintel_vcpu_stats', 'info.md'),
                               ('time.h', 'lintel_time_record', 'time.md'), ('ring.h', 'lintel_ring', 'rings.md'),
                               ('device.h', 'lintel_device_directory', 'devices.md'),
                               ('device.h', 'lintel_device_queue', 'devices.md'),
                               ('device.h', 'lintel_device', 'devices.md'),
                               ('console.h', 'lintel_console_slot', 'devices.md'),
                               ('block.h', 'lintel_block_config', 'block.md'),
                               ('block.h', 'lintel_block_request', 'block.md'),
                               ('block.h', 'lintel_block_completion', 'block.md')):
        documented = {}
        for number, text in prose(ABI / page):
            row = re.match(r'\| (\d+) \| ([\d ×]+) \| `(\w+)` \|', text)
            if row:
                size = 1
                for factor in row[2].split('×'):
                    size *= int(factor)
                documented[row[3], int(row[1]), size] = number  # structures of a page may share names
        for field, (offset, size) in layout(header, name).items():
            if (field, offset, size) not in documented:
                number = next((n for key, n in documented.items() if key[0] == field), 1)
                complain(ABI / page, number, f'{name}.{field} is at {offset} with {size} bytes')


def check_revision():
    revision = constants()['LINTEL_ABI_REVISION']
    newest = re.search(r'^## Revision (\d+)$', (ABI / 'changelog.md').read_text(), re.M)
    if not newest or int(newest[1]) != revision:
        complain(ABI / 'changelog.md', 1, f'the newest entry is not that of revision {revision}')


# --- the hypervisor ---


def check_command_line():
    boot = TOP / 'hypervisor' / 'boot'
    page = TOP / 'docs' / 'guide' / 'boot.md'
    parsed = set(re.findall(r'Key\{"(\w+)"', (boot / 'command_line.cpp').read_text()))
    header = dict(re.findall(r'^//   (\w+=\S+) .*\((\w+)\)$', (boot / 'command_line.hpp').read_text(), re.M))
    documented = {}
    for number, text in prose(page):
        row = cells(text) if re.match(r'\| `\w+=', text) else []
        if row:
            documented[row[0].strip('`')] = row[2]
            if header.get(row[0].strip('`')) != row[2]:
                complain(page, number, f'{row[0]}, default {row[2]}: command_line.hpp has no such line')
    for words, what in ((header, 'command_line.hpp'), (documented, 'docs/guide/boot.md')):
        names = {word.partition('=')[0] for word in words}
        for name in parsed ^ names:
            complain(boot / 'command_line.cpp', 1, f'{name} is not both here and in {what}')


def check_includes():
    page = TOP / 'docs' / 'design' / 'layers.md'
    order = [text.split()[0] for _, text in block(page, 'layers')]
    style = TOP / 'docs' / 'guide' / 'commits-and-style.md'
    allowed = {name for _, text in block(style, 'std') for name in text.split()}
    for folder in sorted(p.name for p in (TOP / 'hypervisor').iterdir() if p.is_dir()):
        if folder not in order:
            complain(page, 1, f'hypervisor/{folder} is no layer')
    for path in sorted((TOP / 'hypervisor').rglob('*.[chS]*')):
        own = path.relative_to(TOP / 'hypervisor').parts[0]
        for number, text in lines(path) if own in order else []:
            include = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', text)
            layer, slash, _ = include[1].partition('/') if include else ('', '', '')
            if include and layer == 'lintel':
                continue
            if include and not slash and layer not in allowed:
                complain(path, number, f'<{layer}> is not among the allowed standard headers')
            elif slash and layer not in order:
                complain(path, number, f'{include[1]} is in no layer')
            elif slash and order.index(layer) < order.index(own):
                complain(path, number, f'{own} must not include {include[1]}, which is above it')


# --- the test kernels ---


def check_test_kernels():
    for text in kernels.complaints():
        complain(kernels.PAGE, 1, text)


def main():
    for check in (check_links, check_references_in_sources, check_hypercalls, check_constants, check_layouts,
                  check_revision, check_command_line, check_includes, check_test_kernels):
        check()
    print('\n'.join(complaints) or 'the documents agree with the code')
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
