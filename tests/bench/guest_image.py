# SPDX-License-Identifier: Apache-2.0
"""Root file systems of guests that measure something: the usual one with more on top."""

from bench.command import TOP
from images import newc

USUAL = TOP / 'build' / 'images' / 'guest.cpio.gz'
ALIGNMENT = 4


def with_files(*entries):
    """A kernel unpacks one archive after the other, and the later one wins."""
    usual = USUAL.read_bytes()
    return usual + bytes(-len(usual) % ALIGNMENT) + newc.archive(entries)
