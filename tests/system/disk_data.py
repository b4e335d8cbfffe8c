# SPDX-License-Identifier: Apache-2.0
"""fio in a guest, on a file, on a block device and on a file without direct I/O, while backends and linteld die."""

import re

from .disks import DiskTest

WORK = r'''
there vda vdb vdc
echo begins
for pass in $(seq 1000); do
    verify /dev/vda SIZE 512 --randseed=$pass
    verify /dev/vdb SIZE 4096 --randseed=$pass
    verify /dev/vdc SIZE 512 --randseed=$pass
    [ ! -b /dev/vdd ] || break
done
/host/mke2fs -q -F -t ext4 /dev/vdb && mount -t ext4 -o discard /dev/vdb /mnt
verify /mnt/file HALF 4096
rm /mnt/file
verify /mnt/other HALF 4096
umount /mnt
echo "$pass passes: ${verified:-0} verified, ${spoilt:-0} spoilt"
echo "errors: $(dmesg | grep -c 'error, dev')"
echo "discards: $(cat /sys/block/vda/queue/discard_max_bytes) $(cat /sys/block/vdb/queue/discard_max_bytes)"
'''


class DiskDataTest(DiskTest):
    """`rounds` times all backends are killed at once; every fifth time linteld was before."""

    def data_survives(self, size, rounds, timeout):
        work = WORK.replace('SIZE', str(size)).replace('HALF', str(size // 2))
        output = self.run_dom0(f'''
            # None kept for root, which a backend is not.
            /host/mke2fs -q -t ext4 -m 0 /dev/ram0 && mount -t ext4 /dev/ram0 /mnt || exit 1
            truncate -s {size}M /mnt/a; truncate -s {size}M /tmp/c; truncate -s 1M /tmp/end
            before=$(held)
            work data "memory_mib: 96 $(disk vda /mnt/a) $(disk vdb /dev/ram1 'sector_bytes: 4096')
                $(disk vdc /tmp/c)"
            begin data
            await begins
            kills=0 since=0
            for round in $(seq {rounds}); do
                if [ $((round % 5)) = 0 ]; then
                    echo "before linteld: $since, $(restarts | tr '\\n' ' ')"
                    kill -9 $(pidof linteld)
                    since=0
                    sleep 1
                fi
                until_done connected 3
                sleep 0.5
                kill -9 $(pidof lintel-block) && kills=$((kills + 3)) since=$((since + 1))
            done
            until_done connected 3
            echo "killed $kills"
            echo "at the end: $since, $(restarts | tr '\\n' ' ')"
            lintel disk attach data vdd /tmp/end
            go_on data
            for try in $(seq 1000); do said 'ended 0' && said errors: && break; sleep 1; done
            cat /tmp/said
            /host/e2fsck -fn /dev/ram1 || exit 1
            umount /mnt && /host/e2fsck -fn /dev/ram0 || exit 1
            until_done eval '[ "$(held)" = "$before" ]' && echo 'all is given back'
        ''', '--add', self.collect(data=work), '--append', f'brd.rd_nr=2 ramdisk_size={(size + 8 + size // 8) << 10}',
                               timeout=timeout)
        self.assertNotIn('is not as it was written', output)
        self.assertIn('errors: 0\n', output)
        self.assertRegex(output, r'discards: [1-9]\d* 0\n')  # a RAM disk cannot, and says so
        self.assertIn(f'killed {3 * rounds}\n', output)
        for since, restarts in re.findall(r'(?:before linteld|at the end): (\d+), ([\d ]+)', output):
            self.assertEqual(restarts.split(), [since] * 3)
        # The guest's own count: without a linteld nobody sees what it says, and who attaches anew may see it again.
        passes, verified, spoilt = map(int, re.search(r'(\d+) passes: (\d+) verified, (\d+) spoilt', output).groups())
        self.assertEqual((verified, spoilt), (3 * passes + 2, 0))
        self.assertEqual(output.count('Pass 5'), 2)
        self.assertIn('all is given back', output)
        return passes
