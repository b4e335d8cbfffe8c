# SPDX-License-Identifier: Apache-2.0
"""Builds the root file system of a small guest: python3 -m images.guest --output FILE.

Busybox, one script, compressed: a guest unpacks it into its memory. The same inputs give the same bytes.
"""

import argparse
import gzip
from pathlib import Path

from . import newc, parts

HERE = Path(__file__).resolve().parent


def entries():
    yield from parts.folders()
    yield newc.program('init', (HERE / 'guest_init').read_bytes())
    yield from parts.users()
    yield from parts.busybox()


def archive():
    return gzip.compress(newc.archive(entries()), 9, mtime=0)


def main():
    parser = argparse.ArgumentParser(description='Builds the root file system of a small guest.')
    parser.add_argument('--output', type=Path, required=True)
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(archive())


if __name__ == '__main__':
    main()
