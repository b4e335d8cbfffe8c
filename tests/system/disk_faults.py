# SPDX-License-Identifier: Apache-2.0
"""A guest that is destroyed while it writes: what it had synced has to be in its file system."""

import re

from .disks import DiskTest

# Each record is on the disk before it is told; others write beside it, so that the journal has something to do.
CRASH = r'''
there vda
mount -t ext4 /dev/vda /mnt || exit
rm -f /mnt/*
sync
(while :; do head -c 200000 /dev/urandom >/mnt/noise; cp /mnt/noise /mnt/copy; mv /mnt/copy /mnt/moved; done) &
n=0
while :; do
    echo $((100000001 + n)) | dd of=/mnt/records bs=10 seek=$n conv=notrunc,fsync 2>/dev/null || exit
    n=$((n + 1))
    echo synced $n.
done
'''


class DiskFaultsTest(DiskTest):
    def synced_survives(self, rounds, timeout=900):
        output = self.run_dom0(f'''
            mkdir /real
            before=$(held)
            truncate -s 24M /tmp/image
            /host/mke2fs -q -t ext4 /tmp/image || exit 1
            work crash "memory_mib: 64 $(disk vda /tmp/image)"
            for round in $(seq {rounds}); do
                begin crash
                await "synced $((20 + round % 7))\\."
                lintel destroy crash
                last=$(sed -n 's/^synced \\([0-9]*\\)\\..*/\\1/p' /tmp/said | tail -n 1)
                /host/e2fsck -fy /tmp/image
                [ $? -le 1 ] && /host/e2fsck -fn /tmp/image >/dev/null || exit 1
                mount -t ext4 -o loop,ro /tmp/image /real || exit 1
                seq 100000001 $((100000000 + last)) >/tmp/want
                head -c $((10 * last)) /real/records | cmp - /tmp/want && echo "round $round: all of $last are there"
                umount /real
            done
            until_done eval '[ "$(held)" = "$before" ]' && echo 'all is given back'
        ''', '--add', self.collect(crash=CRASH), timeout=timeout)
        self.assertEqual(len(re.findall(r'round \d+: all of [1-9]\d* are there', output)), rounds)
        self.assertIn('recovering journal', output)
        self.assertIn('all is given back', output)
