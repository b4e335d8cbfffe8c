# SPDX-License-Identifier: Apache-2.0
"""Builds what dom0 needs to run guests: python3 -m images.guests --output FILE --tools FILE --block FILE --kernel FILE --guest FILE

An archive of its own, put behind dom0's initramfs by `./dev run --guests`: it is several times as large, and
most boots want no guest.
"""

import argparse
from pathlib import Path

from . import kernel as kernels, newc, parts

HERE = Path(__file__).resolve().parent
CONFIGURATIONS = ('disk.cfg', 'hello.cfg', 'web.cfg')


def entries(tools, block, kernel, guest):
    yield from map(newc.directory, ('boot', 'etc/lintel'))
    yield newc.program('bin/lintel', parts.static_program(tools))
    yield newc.link('bin/linteld', 'lintel')  # one file: each is mostly libraries
    yield newc.program('bin/lintel-block', parts.static_program(block))
    yield newc.file('boot/vmlinux', kernels.dense(kernel.read_bytes()))
    yield newc.file('boot/guest.cpio.gz', guest.read_bytes())
    for name in CONFIGURATIONS:
        yield newc.file(f'etc/lintel/{name}', (HERE / name).read_bytes())
    yield newc.program('etc/demo', (HERE / 'demo').read_bytes())


def main():
    parser = argparse.ArgumentParser(description='Builds what dom0 needs to run guests.')
    parser.add_argument('--output', type=Path, required=True)
    parser.add_argument('--tools', type=Path, required=True, help='static program that is lintel and linteld')
    parser.add_argument('--block', type=Path, required=True, help='static program that serves disks')
    parser.add_argument('--kernel', type=Path, required=True, help='ELF file with a PVH entry')
    parser.add_argument('--guest', type=Path, required=True, help='root file system of a guest')
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(newc.archive(entries(options.tools, options.block, options.kernel, options.guest)))


if __name__ == '__main__':
    main()
