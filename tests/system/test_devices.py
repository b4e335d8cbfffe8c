# SPDX-License-Identifier: Apache-2.0
"""dom0's devices: each works by its own interrupt, which arrives through an event channel."""

import hashlib
import random

from . import programs
from .booted import MachineTest

# Sum of an interrupt's counts over all CPUs; the name is that of the driver.
COUNT = r'''
count() { awk -v name="$1" '$NF == name { for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i } END { print n + 0 }' \
    /proc/interrupts; }
'''
TROUBLE = r'BUG:|WARNING: CPU|Oops|nobody cared|lost interrupt|rcu.*stall'


class DeviceTest(MachineTest):
    def run_quietly(self, *options, script, timeout=240):
        """The script's output with the kernel's log behind it, in which there must be no complaint."""
        done = self.run_machine(*options, script=f'{COUNT}\n({script}\n)\nstatus=$?\ndmesg\nexit $status\n',
                                timeout=timeout)
        self.assert_status(done, 0)
        if '--native' not in options:  # a native kernel has its own quarrels with this machine
            self.assertNotRegex(done.stdout, TROUBLE)
        return done.stdout


class Disk(DeviceTest):
    SCRIPT = '''
        set -e
        /host/mke2fs -q -t ext4 -E lazy_itable_init=0 /dev/sda
        mount -t ext4 /dev/sda /mnt
        for n in 1 2 3 4; do head -c 1000000 /dev/urandom >/mnt/$n; done
        mkdir /mnt/dir && mv /mnt/4 /mnt/dir && rm /mnt/3
        (cd /mnt && md5sum 1 2 dir/4) >/tmp/sums
        umount /mnt
        /host/e2fsck -fn /dev/sda
        mount -t ext4 -o ro /dev/sda /mnt
        (cd /mnt && md5sum -c /tmp/sums)
        umount /mnt
        echo "interrupts $(count ata_piix)"'''

    def file_system(self, *options):
        added = programs.collect(self.folder / 'added', 'mke2fs', 'e2fsck')
        if added is None:
            self.skipTest('e2fsprogs is not installed')
        disk = self.file('disk', bytes(32 << 20))
        output = self.run_quietly('--disk', disk, '--add', added, *options, script=self.SCRIPT)
        self.assertRegex(output, r'interrupts [1-9]\d\d')
        self.assertEqual(output.count(': OK'), 3)
        self.assertEqual(disk.read_bytes()[0x438:0x43a], b'\x53\xef')  # ext4's magic number has reached the image

    def test_ext4_is_written_read_back_and_clean(self):
        self.file_system()

    def test_ext4_natively(self):
        self.file_system('--native')


class Network(DeviceTest):
    CONFIGURE = '''#!/bin/sh
        [ "$1" != bound ] || ifconfig $interface $ip netmask $subnet up
        echo "dhcp $1 $ip"'''

    def test_dhcp_ping_and_transfer(self):
        added = self.folder / 'added'
        added.mkdir()
        (added / 'configure').write_text(self.CONFIGURE)
        (added / 'configure').chmod(0o755)
        served = self.folder / 'served'
        served.mkdir()
        content = random.Random(1).randbytes(200_000)
        (served / 'file').write_bytes(content)
        output = self.run_quietly('--net', served, '--add', added, script='''
            set -e
            ifconfig eth0 up
            udhcpc -i eth0 -n -q -f -t 10 -T 1 -s /host/configure
            ping -c 3 192.168.10.1
            cd /tmp && tftp -g -r file 192.168.10.1
            md5sum file
            echo "interrupts $(count eth0)"''')
        self.assertIn('dhcp bound 192.168.10.15', output)
        self.assertIn('3 packets transmitted, 3 packets received', output)
        self.assertIn(hashlib.md5(content).hexdigest(), output)
        self.assertRegex(output, r'interrupts [1-9]\d\d')


class Clock(DeviceTest):
    def test_alarm_of_the_real_time_clock(self):
        output = self.run_quietly(script='''
            set -e
            before=$(count rtc0)
            echo +2 >/sys/class/rtc/rtc0/wakealarm
            sleep 4
            echo "alarms $(($(count rtc0) - before))"''')
        self.assertIn('alarms 1\n', output)


class Acpi(DeviceTest):
    # That it ever fires cannot be shown here: the emulator does not lead it to its line, natively either.
    def test_system_control_interrupt_is_bound_as_acpi_says(self):
        output = self.run_quietly(script='cat /proc/interrupts')
        self.assertRegex(output, r'(?m)^ *9: .* lintel-gsi +9-level +acpi$')
        self.assertRegex(output, r'(?m)^ *8: .* lintel-gsi +8-edge +rtc0$')
