# SPDX-License-Identifier: Apache-2.0
"""A guest attacks its disks' backends in dom0 (tests/domains/hostile_disk); one beside it uses its own."""

import json
import re
import shutil

from machine.options import TOP

from .disks import DiskTest, one_line

# Writes, flushes and reads, each round other content, until dom0 has no more use for it.
NEIGHBOUR = one_line("""
    longest=0
    round=0
    echo neighbour begins
    until [ -b /dev/vdb ]; do
    round=$((round + 1))
    before=$(cut -d. -f1 /proc/uptime)
    seq $((round * 30000)) $((round * 30000 + 29999)) | head -c 131072 >/tmp/block
    dd if=/tmp/block of=/dev/vda bs=16384 seek=$((round % 16 * 8)) conv=notrunc,fsync 2>/dev/null || echo not written
    echo 3 >/proc/sys/vm/drop_caches
    dd if=/dev/vda bs=16384 skip=$((round % 16 * 8)) count=8 2>/dev/null | cmp - /tmp/block || echo not the same
    took=$(($(cut -d. -f1 /proc/uptime) - before))
    [ $took -le $longest ] || longest=$took
    done
    echo neighbour: $round rounds, longest $longest s
""")
FRONTS = 5  # of tests/domains/runtime/front.h; the last is a device, which uses the guest's pages where they are
ATTACKS = 60  # seconds; an idle host's guest needs ten


class DiskAttacksTest(DiskTest):
    shown = r'^fields change|^granted again'  # how often an attack came in time

    def attack(self, cpus=1, timeout=900):
        """What the attacker said."""
        added = self.folder / 'added'
        added.mkdir()
        shutil.copy(TOP / 'build' / 'tests' / 'domains' / 'hostile_disk.elf', added)
        device = self.file('device', bytes(2 << 20))
        images = [*(f'/tmp/d{n}' for n in range(FRONTS - 1)), '/dev/sda']
        disks = ' '.join(f'$(disk d{n} {image} "queues: 1 pool_pages: 16")' for n, image in enumerate(images))
        output = self.run_dom0(f"""
            fields() {{ echo "name: '$1' kernel: '/host/hostile_disk.elf' memory_mib: 8 vcpus: 2 {disks}"; }}
            for n in 0 1 2 3; do truncate -s 2M /tmp/d$n; done
            truncate -s 2M /tmp/neighbour.img; truncate -s 1M /tmp/end.img
            before=$(held)
            echo '{NEIGHBOUR}' | config neighbour "memory_mib: 64 $(disk vda /tmp/neighbour.img)"
            begin neighbour
            await 'neighbour begins'
            fields hostile >/tmp/hostile.cfg
            (lintel create -c /tmp/hostile.cfg </dev/null >/tmp/attacks 2>&1) &
            for try in $(seq {4 * ATTACKS}); do grep -q 'are over\\|result:' /tmp/attacks && break; sleep 0.5; done
            cat /tmp/attacks
            lintel disk list --json
            for pid in $(pidof lintel-block); do
                echo "block $(ls /proc/$pid/fd | wc -l) files, $(sed -n 's/VmRSS:[^0-9]*//p' /proc/$pid/status)"
            done
            lintel destroy hostile
            lintel disk attach neighbour vdb /tmp/end.img
            finish
            until_done eval '[ "$(held)" = "$before" ]' && echo 'all is given back'
            dmesg | grep -i 'bug:\\|warning\\|oops'
            cat /run/linteld.log
        """, '--add', added, '--disk', device, '--cpus', cpus, timeout=timeout)
        self.assertIn('attacks are over, 0 not as expected', output)
        self.assertIn('granted again: ', output)
        self.assertEqual(output.count('refused: '), 12)
        self.assertIn('all is given back', output)
        self.assertNotRegex(output, r'not written|not the same|BUG:|WARNING: CPU|Oops')
        rounds, longest = map(int, re.search(r'neighbour: (\d+) rounds, longest (\d+) s', output).groups())
        self.assertGreater(rounds, 5)
        self.assertLessEqual(longest, 5)
        listed = json.loads(re.search(r'(?m)^\{"disks":.*\}', output).group())['disks']
        self.assertEqual([disk['restarts'] for disk in listed], [0] * (FRONTS + 1))  # no backend died
        self.assertGreater(sum(disk['refused'] for disk in listed), 1000)
        self.assertGreater(sum(disk['full'] for disk in listed), 0)
        processes = re.findall(r'block (\d+) files, (\d+) kB', output)
        self.assertEqual(len(processes), FRONTS + 1)
        for files, kilobytes in processes:
            self.assertLessEqual(int(files), 16)
            self.assertLessEqual(int(kilobytes), 8192)
        return output
