# SPDX-License-Identifier: Apache-2.0
"""dom0's initramfs as one run needs it: the built one, and behind it what this run adds."""

import stat

from images import newc

from .options import NONE

SCRIPT = 'script'  # toolstack/images/init runs it instead of a shell
HOST = 'host'


def write(options, target):
    """Linux unpacks archives that stand one behind the other, each at a multiple of 4 bytes."""
    with open(target, 'wb') as out:
        out.write(newc.padded(options.initrd.read_bytes()))
        if options.guests:
            out.write(newc.padded(options.guests.read_bytes()))
        if options.add or options.script:
            out.write(newc.archive(extra(options)))


def extra(options):
    if options.add:
        yield from newc.tree(options.add, HOST)
    if options.script:
        yield newc.Entry(SCRIPT, stat.S_IFREG | 0o755, options.script.read_bytes())


def wanted(options):
    return options.initrd != NONE
