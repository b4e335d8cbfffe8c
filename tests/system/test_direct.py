# SPDX-License-Identifier: Apache-2.0
"""Large requests of a guest's disk, whose pages dom0's driver gives to the device: no copy on the way."""

import json
import re

from . import programs
from .control import TROUBLE
from .disks import DiskTest, one_line

MEBIBYTE = 1 << 20

# Each file is read back; what is shorter than the least direct request goes through the pool meanwhile.
FILES = one_line("""
    echo 32768 >/sys/module/lintel_blk/parameters/direct_bytes
    mount -t ext4 /dev/vda /mnt
    dd if=/dev/urandom of=/tmp/r bs=128k count=16 2>/dev/null
    echo begins
    for n in 1 2 3 4 5 6; do
    dd if=/tmp/r of=/mnt/$n bs=1M oflag=direct conv=fsync 2>/dev/null || echo write failed
    head -c 5000 /tmp/r >/mnt/small$n
    echo wrote $n
    done
    sync
    echo 3 >/proc/sys/vm/drop_caches
    for n in 1 2 3 4 5 6; do
    dd if=/mnt/$n bs=128k iflag=direct 2>/dev/null | cmp - /tmp/r && cmp -n 5000 /mnt/small$n /tmp/r && echo good $n
    done
    umount /mnt
    sleep 3
    echo direct $(cat /sys/block/vda/direct_requests)
""")


class Direct(DiskTest):
    def test_a_device_reads_and_writes_pages_of_a_guest_while_backends_are_killed(self):
        added = programs.collect(self.folder / 'added', 'mke2fs', 'e2fsck')
        if added is None:
            self.skipTest('e2fsprogs is not installed')
        disk = self.file('disk.img', b'')
        with open(disk, 'wb') as image:
            image.truncate(32 * MEBIBYTE)
        output = self.run_dom0(f"""
            /host/mke2fs -q -t ext4 /dev/sda || exit 1
            before=$(held)
            echo '{FILES}' | config files "memory_mib: 64 $(disk vda /dev/sda)"
            begin files
            for n in 1 3 5; do
                until_done said "wrote $n"
                until_done has_backend && kill -9 $(backend)
            done
            until_done said 'good 6'; lintel disk list --json
            finish
            /host/e2fsck -fn /dev/sda || exit 1
            until_done eval '[ "$(held)" = "$before" ]' && echo nothing is held
            dmesg""",
                               '--add', added, '--disk', disk)
        self.assertNotIn('write failed', output)
        self.assertNotRegex(output, TROUBLE)
        self.assertEqual(re.findall(r'good (\d+)', output), list('123456'))
        self.assertGreater(int(re.search(r'(?m)^direct (\d+)', output)[1]), 30)
        listed = json.loads(re.search(r'(?m)^\{"disks":.*\}', output).group())['disks'][0]
        self.assertGreater(listed['direct'], 0)
        for line in ('ended 0\n', 'Pass 5', 'nothing is held\n'):
            self.assertIn(line, output)
