# SPDX-License-Identifier: Apache-2.0
"""Checks the hypervisor's image: check.py CHECK IMAGE. Prints what is wrong; fails if anything is."""

import re
import subprocess
import sys

import elf

KIB = 1024


def undefined_symbols(image):
    """Nothing is linked in from outside: no C++ runtime, no sanitizer, no profiler."""
    symbols = list(image.symbols())
    if len(symbols) < 50:
        yield 'hardly any symbols: this check would see nothing'
    yield from (f'{symbol.name} is undefined' for symbol in symbols if symbol.section == elf.SHN_UNDEF and symbol.name)


# Vector, MMX, x87 and mask registers; x87 instructions that name none. Their contents are the guest's, exchanged
# as a whole between vCPUs.
REGISTER = re.compile(r'%(?:[xyz]?mm\d|st\b|k[0-7])')
X87 = re.compile(r'\t(?:f(?!x(?:save|rstor)64\b)\w+|emms|v?zero(?:all|upper))\b')


def guest_registers(image):
    listing = subprocess.run(['objdump', '-d', '--no-show-raw-insn', '-j', '.text', image.path],
                             check=True, capture_output=True, text=True).stdout
    lines = [line for line in listing.splitlines() if re.match(r' *[0-9a-f]+:\t', line)]
    if len(lines) < 1000:
        yield 'hardly any code: this check would see nothing'
    yield from (line.strip() for line in lines if REGISTER.search(line) or X87.search(line))


def size(image):
    """Small enough to be read by a person, and to lie between 1 MiB and the guest kernel at 2 MiB."""
    loaded = image.loaded()
    backed = sum(segment.file_size for segment in loaded)
    if backed > 256 * KIB:
        yield f'{backed} bytes are loaded from the file, more than 256 KiB'
    if len(image.bytes) > 256 * KIB:
        yield f'the file has {len(image.bytes)} bytes, more than 256 KiB'
    if min(segment.physical for segment in loaded) != 1024 * KIB:
        yield 'the image does not start at 1 MiB'
    if max(segment.physical + segment.memory_size for segment in loaded) > 2048 * KIB:
        yield 'the image reaches beyond 2 MiB'


def static_constructors(image):
    """Nobody would call them."""
    for section in image.sections:
        if re.match(r'\.(?:pre)?(?:init|fini)_array|\.[cd]tors', section.name) and section.size:
            yield f'{section.name} has {section.size} bytes'


def segments(image):
    """One kind of access each; only the start-up code, which runs before paging, has all rights."""
    boot = image.section('.boot')
    for segment in image.segments:
        if segment.type != elf.PT_LOAD:
            yield f'a segment of type {segment.type:#x}: the boot loader needs only what is to be loaded'
        if segment.flags & elf.PF_W and segment.flags & elf.PF_X:
            if segment.physical != boot.address or segment.memory_size > 4 * KIB:
                yield f'the segment at {segment.virtual:#x} is writable and executable'
    for section in image.sections:
        if section.name.startswith(('.rel', '.got', '.plt', '.dyn', '.interp', '.eh_frame')) and section.size:
            yield f'{section.name} has {section.size} bytes: nobody would apply or read it'


CHECKS = {check.__name__: check for check in (undefined_symbols, guest_registers, size, static_constructors, segments)}


def main():
    name, path = sys.argv[1:]
    image = elf.Elf(path)
    image.path = path
    faults = list(CHECKS[name](image))
    print('\n'.join(faults) or 'good')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
