# SPDX-License-Identifier: Apache-2.0
"""Disks whose backends and toolstack come and go: killed, replaced, attached, detached, grown, cut short, limited."""

import json
import re

from .disks import DiskTest, one_line

WRITES = one_line("""
    echo begins
    for n in $(seq 1 30); do
    seq $((n * 100000)) $((n * 100000 + 9999)) | head -c 65536 >/tmp/block
    dd if=/tmp/block of=/dev/vda bs=65536 seek=$n conv=notrunc,fsync 2>/dev/null || echo write failed
    echo wrote $n
    sleep 0.3
    done
    echo 3 >/proc/sys/vm/drop_caches
    for n in 1 15 30; do
    seq $((n * 100000)) $((n * 100000 + 9999)) | head -c 65536 >/tmp/block
    dd if=/dev/vda bs=65536 skip=$n count=1 2>/dev/null | cmp - /tmp/block && echo good $n
    done
""")

WATCHES = one_line("""
    echo up
    until [ -b /dev/vdb ]; do sleep 0.1; done
    echo second has $(cat /sys/block/vdb/size)
    until [ $(cat /sys/block/vdb/size) -gt 8192 ]; do sleep 0.1; done
    echo second has $(cat /sys/block/vdb/size)
    echo grown | dd of=/dev/vdb bs=512 seek=10000 conv=notrunc,fsync 2>/dev/null
    echo written
    while [ -b /dev/vdb ]; do sleep 0.1; done
    echo it is gone
""")

TRIES = one_line("""
    until [ -b /dev/vdb ] && [ -b /dev/vdc ]; do sleep 0.1; done
    dd if=/dev/vda of=/dev/null bs=4096 count=1 2>/dev/null && echo up
    until [ -b /dev/vdd ]; do sleep 0.1; done
    echo 3 >/proc/sys/vm/drop_caches
    dd if=/dev/vda of=/dev/null bs=4096 skip=768 count=1 2>/dev/null || echo behind the end it fails
    dd if=/dev/vda of=/dev/null bs=4096 skip=8 count=1 2>/dev/null && echo before it not
    echo ro $(cat /sys/block/vdb/ro)
    dd if=/dev/zero of=/dev/vdb bs=4096 count=1 2>/dev/null || echo not written
    begin=$(cut -d. -f1 /proc/uptime)
    dd if=/dev/vdc of=/dev/null bs=4096 count=256 2>/dev/null && echo read in $(($(cut -d. -f1 /proc/uptime) - begin)) s
""")


class DiskLives(DiskTest):
    def test_backends_and_linteld_are_killed_while_the_guest_writes(self):
        """Each block has its own content; all of them are there at the end, on both sides."""
        output = self.run_dom0(f"""
            before=$(held)
            truncate -s 8M /tmp/disk.img
            echo '{WRITES}' | config disk "memory_mib: 64 $(disk vda /tmp/disk.img)"
            begin disk
            until_done said begins
            for round in 1 2 3; do
                until_done has_backend && kill -9 $(backend)
                sleep 1
            done
            until_done has_backend
            first=$(backend)
            kill -9 $(pidof linteld)
            sleep 2
            until_done has_backend
            go_on disk
            [ "$(backend)" = "$first" ] && echo 'the backend goes on'
            kill -9 $(backend)
            until_done eval '[ "$(restarts)" = 1 ]'
            finish
            seq 1500000 1509999 | head -c 65536 >/tmp/block
            dd if=/tmp/disk.img bs=65536 skip=15 count=1 | cmp - /tmp/block && echo 'dom0 has it too'
            until_done eval '[ "$(held)" = "$before" ]' && echo 'all is given back'
        """)
        self.assertNotIn('write failed', output)
        self.assertEqual(re.findall(r'good (\d+)', output), ['1', '15', '30'])
        for line in ('the backend goes on', 'ended 0', 'dom0 has it too', 'all is given back'):
            self.assertIn(line, output)

    def test_disks_come_grow_and_go_while_the_guest_runs(self):
        output = self.run_dom0(f"""
            truncate -s 4M /tmp/first.img; truncate -s 4M /tmp/second.img
            echo '{WATCHES}' | config disk "memory_mib: 64 $(disk vda /tmp/first.img)"
            begin disk
            until_done said up
            lintel disk attach disk vdb /tmp/second.img
            until_done said 'second has 8192'
            lintel disk resize disk vdb 8M
            until_done said 'second has 16384'
            until_done said written
            lintel disk list --json
            lintel disk list
            lintel disk detach disk vdb; echo "detached $?"
            dd if=/tmp/second.img bs=512 skip=10000 count=1 | grep -a grown && echo 'is in the file'
            finish
        """)
        for line in ('detached 0', 'is in the file', 'it is gone', 'ended 0'):
            self.assertIn(line, output)
        disks = json.loads(re.search(r'(?m)^\{"disks":.*\}', output).group())['disks']
        self.assertEqual([disk['name'] for disk in disks], ['vda', 'vdb'])
        self.assertEqual(disks[1]['bytes'], 8 << 20)
        self.assertEqual(disks[1]['restarts'], 0)
        self.assertGreater(disks[1]['write']['bytes'], 0)

    def test_what_an_image_lacks_is_an_error_of_the_request(self):
        """An image that somebody cuts short, one that may only be read, and one with limits."""
        output = self.run_dom0(f"""
            for name in disk read slow last; do truncate -s 4M /tmp/$name.img; done
            echo '{TRIES}' | config disk "memory_mib: 64 $(disk vda /tmp/disk.img)
                $(disk vdb /tmp/read.img 'read_only: true')
                $(disk vdc /tmp/slow.img 'limits {{ bytes_per_second: 262144 }}')"
            begin disk
            until_done said up
            truncate -s 2M /tmp/disk.img
            lintel disk attach disk vdd /tmp/last.img
            finish
        """)
        for line in ('behind the end it fails', 'before it not', 'ro 1', 'not written', 'ended 0'):
            self.assertIn(line, output)
        # A megabyte in quarters of a second each, but for a burst; whole seconds are told.
        self.assertGreaterEqual(int(re.search(r'read in (\d+) s', output).group(1)), 3)
