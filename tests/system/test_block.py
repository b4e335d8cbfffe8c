# SPDX-License-Identifier: Apache-2.0
"""The driver of a guest's disk, against a backend that is made by hand and may be hostile (tests/control/disk.c)."""

from . import programs
from .control import ControlTest

WAIT = 'until [ -b /dev/vda ]; do sleep 0.05; done'


class Block(ControlTest):
    def disk(self, script, *answers, mebibytes=32, **options):
        """A guest with an empty disk, which it asks for; what is left of the disk is dom0's /tmp/disk."""
        output = self.guest(f'echo a disk; {WAIT}; {script}', 'a disk', '@disk /tmp/disk', *answers,
                            before=f'truncate -s {mebibytes}M /tmp/disk', **options)
        self.assertIn('ended: state 2, reason 0', output)
        return output

    def test_what_is_written_is_read(self):
        output = self.disk('''
            cat /sys/block/vda/size /sys/block/vda/ro
            seq 1000000 | head -c 3000000 >/tmp/text
            dd if=/tmp/text of=/dev/vda bs=1M conv=fsync
            echo 3 >/proc/sys/vm/drop_caches
            head -c 3000000 /dev/vda | cmp - /tmp/text && echo the same''', after='md5sum /tmp/disk')
        self.assertIn('the same', output)
