# SPDX-License-Identifier: Apache-2.0
"""What the root file systems of dom0 and of guests have in common: folders, users, Busybox."""

import subprocess
import sys
from pathlib import Path

from . import newc

BUSYBOX = Path('/bin/busybox')
PT_INTERP = 3


def needs_loader(elf):
    """Whether an ELF64 program asks for a dynamic loader."""
    table = int.from_bytes(elf[32:40], 'little')
    size = int.from_bytes(elf[54:56], 'little')
    count = int.from_bytes(elf[56:58], 'little')
    headers = (elf[table + i * size:][:4] for i in range(count))
    return any(int.from_bytes(header, 'little') == PT_INTERP for header in headers)


def static_program(path):
    if not path.is_file():
        sys.exit(f'image: {path} is missing')
    data = path.read_bytes()
    if data[:5] != b'\x7fELF\x02' or needs_loader(data):
        sys.exit(f'image: {path} is not a static x86-64 program, and the image has no libraries'
                 + ('; install busybox-static' if path == BUSYBOX else ''))
    return data


def folders(*more):
    yield from map(newc.directory, ('bin', 'dev', 'etc', 'mnt', 'proc', 'root', 'run', 'sbin', 'sys', 'tmp', 'usr',
                                    'usr/bin', 'usr/sbin', *more))
    # The kernel opens it for the first process, before anybody could mount devtmpfs.
    yield newc.console('dev/console')


def users():
    yield newc.text('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n')
    yield newc.text('etc/group', 'root:x:0:\n')


def busybox():
    yield newc.program('bin/busybox', static_program(BUSYBOX))
    listed = subprocess.run([BUSYBOX, '--list-full'], check=True, capture_output=True, text=True)
    for path in sorted(listed.stdout.split()):
        if path not in ('bin/busybox', 'linuxrc', 'init', 'sbin/init'):
            yield newc.link(path, '/bin/busybox')
