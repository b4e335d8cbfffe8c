# SPDX-License-Identifier: Apache-2.0
"""A guest's file systems on disks that lintel-block serves in dom0."""

from . import programs
from .domains import DomainTest

GUEST = '''
    set -e
    for disk in vda vdb; do
        until [ -b /dev/$disk ]; do sleep 0.1; done
        echo $disk: $(cat /sys/block/$disk/queue/logical_block_size) $(ls /sys/block/$disk/mq | wc -w)
        mount -t ext4 -o discard /dev/$disk /mnt
        for n in 1 2 3 4; do head -c 500000 /dev/urandom >/mnt/$n & done; wait
        sync; mkdir /mnt/dir; mv /mnt/4 /mnt/dir; rm /mnt/3; sync
        cd /mnt; md5sum 1 2 dir/4 >/tmp/sums; cd /
        umount /mnt; mount -t ext4 -o ro /dev/$disk /mnt
        cd /mnt; md5sum -c /tmp/sums; cd /; umount /mnt
    done
    echo all is well'''


class Disks(DomainTest):
    def test_a_guest_leaves_clean_file_systems(self):
        added = programs.collect(self.folder / 'added', 'mke2fs', 'e2fsck')
        if added is None:
            self.skipTest('e2fsprogs is not installed')
        guest = ' ; '.join(line.strip() for line in GUEST.strip().splitlines()).replace('do ;', 'do')
        output = self.run_dom0(f"""
            for disk in a b; do truncate -s 16M /tmp/$disk; done
            /host/mke2fs -q -t ext4 /tmp/a && /host/mke2fs -q -t ext4 -b 4096 /tmp/b || exit 1
            before=$(held)
            echo '{guest}' | config files 'memory_mib: 96 vcpus: 2
                disk {{ name: "vda" path: "/tmp/a" }} disk {{ name: "vdb" path: "/tmp/b" sector_bytes: 4096 }}'
            lintel create -c /tmp/files.cfg </dev/null
            /host/e2fsck -fn /tmp/a && /host/e2fsck -fn /tmp/b || exit 1
            until_done eval '[ "$(held)" = "$before" ]' && echo nothing is held""",
                               '--add', added, timeout=600).replace('\r', '')
        self.assertIn('vda: 512 2\n', output)
        self.assertIn('vdb: 4096 2\n', output)
        self.assertEqual(output.count(': OK'), 6)
        self.assertIn('all is well\n', output)
        self.assertEqual(output.count('Pass 5'), 2)
        self.assertIn('nothing is held\n', output)
