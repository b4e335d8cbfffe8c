# SPDX-License-Identifier: Apache-2.0
"""Builds dom0's initramfs: python3 -m images.dom0 --output FILE [--program FILE]...

The archive stays uncompressed: on the emulated machine the boot loader spends about 11 instructions per
byte, while the kernel's gunzip alone spends 83 per compressed byte.
"""

import argparse
from pathlib import Path

from . import newc, parts

HERE = Path(__file__).resolve().parent


def entries(programs):
    yield from parts.folders('host')
    yield newc.program('init', (HERE / 'init').read_bytes())
    yield newc.program('etc/banner', (HERE / 'banner').read_bytes())
    yield from parts.users()
    yield from parts.busybox()
    for program in programs:
        yield newc.program(f'bin/{program.name}', parts.static_program(program))


def main():
    parser = argparse.ArgumentParser(description='Builds dom0\'s initramfs.')
    parser.add_argument('--output', type=Path, required=True)
    parser.add_argument('--program', type=Path, action='append', default=[], help='static program to put into /bin')
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(newc.archive(entries(sorted(options.program))))


if __name__ == '__main__':
    main()
