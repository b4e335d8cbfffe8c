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

from images import dom0, guest, guests, kernel as kernels, newc

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


def elf(segments):
    """A kernel file of (physical address, data, memory size), each at a multiple of 2 MiB in the file, and a note."""
    programs, content = b'', b''
    for physical, data, memory in segments:
        content += bytes(-(len(content)) % (2 << 20))
        programs += kernels.PROGRAM.pack(1, 5, (2 << 20) + len(content), physical + 0xffff0000, physical, len(data),
                                         memory, 2 << 20)
        content += data
    programs += kernels.PROGRAM.pack(4, 0, (2 << 20) + len(content), 0, 0, 8, 8, 4)
    header = kernels.HEADER.pack(b'\x7fELF\x02\x01'.ljust(16, b'\0'), 2, 62, 1, 0, 64, 99, 0, 64, 56,
                                 len(segments) + 1, 64, 5, 4)
    return (header + programs).ljust(2 << 20, b'\0') + content + b'the note'


def memory_of(file):
    """What a loader puts where: {address: bytes}, adjacent pieces as one, zeros at the ends cut off."""
    pieces = {}
    _, segments = kernels.read(file)
    for segment in sorted((s for s in segments if s.kind == 1), key=lambda s: s.physical):
        data = segment.data.ljust(segment.memory, b'\0')
        last = max(pieces, default=None)
        if last is not None and last + len(pieces[last]) == segment.physical:
            pieces[last] += data
        else:
            pieces[segment.physical] = data
    return {address: data.rstrip(b'\0') for address, data in pieces.items()}


class Kernels(unittest.TestCase):
    PAGE = b'x' * 4096
    GAP = bytes(64 << 10)

    def check(self, segments):
        file = elf(segments)
        result = kernels.dense(file)
        self.assertEqual(memory_of(result), memory_of(file))
        _, parts = kernels.read(result)
        loaded = [part for part in parts if part.kind == 1]
        self.assertLessEqual(len(loaded), 16)
        self.assertEqual([part.data for part in parts if part.kind == 4], [b'the note'])
        self.assertTrue(all(part.virtual - part.physical == 0xffff0000 for part in loaded))
        self.assertTrue(all(part.memory >= len(part.data) for part in loaded))
        return len(result)

    def test_holes_in_the_file_and_zeros_in_segments_go(self):
        data = self.PAGE + self.GAP + self.PAGE + bytes(100)
        size = self.check([(2 << 20, data, len(data)), (8 << 20, self.PAGE, 1 << 20)])
        self.assertEqual(size, 6 * 4096)  # headers; a page; one and the rest; the second segment; the note

    def test_zeros_at_either_end_are_kept_in_place(self):
        self.check([(2 << 20, self.GAP + self.PAGE + self.GAP, 1 << 20)])
        self.check([(2 << 20, self.GAP, len(self.GAP)), (8 << 20, b'', 4096)])

    def test_short_runs_stay(self):
        data = self.PAGE + bytes(32 << 10) + self.PAGE
        self.assertGreater(self.check([(2 << 20, data, len(data))]), len(data))

    def test_segments_stay_few(self):
        data = (self.PAGE + self.GAP) * 40 + self.PAGE
        self.check([(2 << 20, data, len(data)), (16 << 20, data, len(data))])
        self.check([((n + 1) << 20, self.PAGE + self.GAP + self.PAGE, 1 << 19) for n in range(16)])

    def test_what_is_no_kernel_is_refused(self):
        with self.assertRaises(ValueError):
            kernels.dense(bytes(4096))


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
            kernel.write_bytes(elf([(0x200000, b'kernel', 6)]))

            def build():
                return newc.archive(guests.entries(TOOLS, TOOLS, kernel, kernel))
            self.assertEqual(build(), self.built_elsewhere(build))
            files = names(build())
        self.assertEqual(files['bin/lintel'], (0o100755, TOOLS.read_bytes()))
        self.assertEqual(files['bin/linteld'], (0o120777, b'lintel'))
        self.assertEqual(files['bin/lintel-block'][0], 0o100755)
        self.assertEqual(memory_of(files['boot/vmlinux'][1]), {0x200000: b'kernel'})
        self.assertIn(b'memory_mib: 128', files['etc/lintel/web.cfg'][1])

    def test_dynamic_program_is_refused(self):
        with self.assertRaisesRegex(SystemExit, 'not a static'):
            list(guests.entries(Path('/bin/bash'), TOOLS, TOOLS, TOOLS))


if __name__ == '__main__':
    unittest.main()
