# SPDX-License-Identifier: Apache-2.0
"""Kernels of a few bytes for guests that are to behave badly. Layout: System V ABI, and docs/abi/boot.md."""

import struct

HEADER = struct.Struct('<16sHHIQQQIHHHHHH')
PROGRAM = struct.Struct('<IIQQQQQQ')
PT_LOAD, PT_NOTE = 1, 4
PHYS32_ENTRY = 18  # of the owner "Xen"
ADDRESS, OFFSET = 1 << 20, 4096


def kernel(code):
    """An ELF file with the code at its entry, which is reached in 32-bit mode without paging or an IDT."""
    note = struct.pack('<III4sI', 4, 4, PHYS32_ENTRY, b'Xen', ADDRESS)
    image = code.ljust(-len(code) % 4 + len(code), b'\x90') + note
    programs = [PROGRAM.pack(PT_LOAD, 7, OFFSET, ADDRESS, ADDRESS, len(image), len(image), 4096),
                PROGRAM.pack(PT_NOTE, 4, OFFSET + len(image) - len(note), 0, 0, len(note), len(note), 4)]
    header = HEADER.pack(b'\x7fELF\x02\x01\x01'.ljust(16, b'\0'), 2, 62, 1, ADDRESS, HEADER.size, 0, 0, HEADER.size,
                         PROGRAM.size, len(programs), 0, 0, 0)
    return (header + b''.join(programs)).ljust(OFFSET, b'\0') + image


FAULTS = kernel(b'\x0f\x0b')           # ud2, and nobody to handle it: a triple fault
SPINS = kernel(b'\xfa\xeb\xfe')        # cli; jmp itself
EXITS = kernel(b'\xfa\x0f\xa2\xeb\xfc')  # cli; cpuid for ever: a VM exit each
