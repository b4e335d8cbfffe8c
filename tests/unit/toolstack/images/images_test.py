# SPDX-License-Identifier: Apache-2.0
"""Root file systems: the same inputs give the same bytes, wherever and whenever; a guest's is small."""

import gzip
import os
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from images import dom0, guest, guests, newc

TOOLS = Path(sys.argv.pop(1)).resolve()
MOST_GUEST_BYTES = 2 << 20


def names(archive):
    found, at = {}, 0
    while at < len(archive):
        fields = [int(archive[at + 6 + 8 * i:][:8], 16) for i in range(13)]
        name = archive[at + 110:][:fields[11] - 1].decode()
        data = at + (110 + fields[11] + 3) // 4 * 4
        found[name] = (fields[1], archive[data:data + fields[6]])
        at = data + (fields[6] + 3) // 4 * 4
    return found


class Images(unittest.TestCase):
    def built_elsewhere(self, build):
        """Another folder, another time, other rights for new files."""
        here, mask = os.getcwd(), os.umask(0o077)
        self.addCleanup(os.umask, mask)
        self.addCleanup(os.chdir, here)
        with tempfile.TemporaryDirectory() as folder, mock.patch('time.time', lambda: 2e9 + time.monotonic()):
            os.chdir(folder)
            result = build()
            os.chdir(here)
        return result

    def test_guest_is_reproducible_and_small(self):
        image = guest.archive()
        self.assertEqual(image, self.built_elsewhere(guest.archive))
        self.assertLess(len(image), MOST_GUEST_BYTES)

    def test_guest_has_a_first_process_and_a_shell(self):
        files = names(gzip.decompress(guest.archive()))
        self.assertEqual(files['init'][0], 0o100755)
        self.assertTrue(files['init'][1].startswith(b'#!/bin/sh\n'))
        self.assertEqual(files['bin/sh'][1], b'/bin/busybox')
        self.assertEqual(files['sbin/poweroff'][1], b'/bin/busybox')

    def test_dom0_is_reproducible(self):
        def build():
            return newc.archive(dom0.entries([]))
        self.assertEqual(build(), self.built_elsewhere(build))

    def test_guests_archive_has_tools_kernel_and_configurations(self):
        with tempfile.TemporaryDirectory() as folder:
            kernel = Path(folder) / 'vmlinux'
            kernel.write_bytes(b'kernel')

            def build():
                return newc.archive(guests.entries(TOOLS, kernel, kernel))
            self.assertEqual(build(), self.built_elsewhere(build))
            files = names(build())
        self.assertEqual(files['bin/lintel'], (0o100755, TOOLS.read_bytes()))
        self.assertEqual(files['bin/linteld'], (0o120777, b'lintel'))
        self.assertEqual(files['boot/vmlinux'][1], b'kernel')
        self.assertIn(b'memory_mib: 128', files['etc/lintel/web.cfg'][1])

    def test_dynamic_program_is_refused(self):
        with self.assertRaisesRegex(SystemExit, 'not a static'):
            list(guests.entries(Path('/bin/bash'), TOOLS, TOOLS))


if __name__ == '__main__':
    unittest.main()
