# SPDX-License-Identifier: Apache-2.0
"""Builds dom0's initramfs: python3 -m images.dom0 --output FILE [--program FILE]...

The archive stays uncompressed: on the emulated machine the boot loader spends about 11 instructions per
byte, while the kernel's gunzip alone spends 83 per compressed byte.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from . import newc

HERE = Path(__file__).resolve().parent
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
        sys.exit(f'dom0 image: {path} is missing')
    data = path.read_bytes()
    if data[:5] != b'\x7fELF\x02' or needs_loader(data):
        sys.exit(f'dom0 image: {path} is not a static x86-64 program, and dom0 has no libraries'
                 + ('; install busybox-static' if path == BUSYBOX else ''))
    return data


def applets():
    listed = subprocess.run([BUSYBOX, '--list-full'], check=True, capture_output=True, text=True)
    return sorted(listed.stdout.split())


def entries(programs):
    yield from map(newc.directory, ('bin', 'dev', 'etc', 'host', 'mnt', 'proc', 'root', 'run', 'sbin', 'sys',
                                    'tmp', 'usr', 'usr/bin', 'usr/sbin'))
    # The kernel opens it for the first process, before anybody could mount devtmpfs.
    yield newc.console('dev/console')
    yield newc.program('init', (HERE / 'init').read_bytes())
    yield newc.program('etc/banner', (HERE / 'banner').read_bytes())
    yield newc.text('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n')
    yield newc.text('etc/group', 'root:x:0:\n')
    yield newc.program('bin/busybox', static_program(BUSYBOX))
    for path in applets():
        if path not in ('bin/busybox', 'linuxrc', 'init', 'sbin/init'):
            yield newc.link(path, '/bin/busybox')
    for program in programs:
        yield newc.program(f'bin/{program.name}', static_program(program))


def main():
    parser = argparse.ArgumentParser(description='Builds dom0\'s initramfs.')
    parser.add_argument('--output', type=Path, required=True)
    parser.add_argument('--program', type=Path, action='append', default=[], help='static program to put into /bin')
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(newc.archive(entries(sorted(options.program))))


if __name__ == '__main__':
    main()
