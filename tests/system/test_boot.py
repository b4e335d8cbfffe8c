# SPDX-License-Identifier: Apache-2.0
"""dom0 boots on Lintel, runs what it is given, and says how it ended."""

import hashlib

from machine import status

from .booted import MachineTest


class Boot(MachineTest):
    def test_dom0_knows_that_it_runs_on_lintel(self):
        done = self.run_machine(script='grep -qw hypervisor /proc/cpuinfo && dmesg | grep -i lintel')
        self.assert_status(done, 0)
        self.assertRegex(done.stdout, r'(?i)lintel')

    def test_exit_status_of_the_script_is_that_of_the_run(self):
        self.assert_status(self.run_machine(script='exit 37'), 37)

    def test_console_shows_what_the_script_prints_and_nothing_behind_it(self):
        done = self.run_machine(script='echo one; echo two >&2; printf three')
        self.assert_status(done, 0)
        self.assertTrue(done.stdout.endswith('one\ntwo\nthree'), f'console: {done.stdout!r}')

    def test_long_output_arrives_whole(self):
        done = self.run_machine(script='seq 5000')
        self.assert_status(done, 0)
        self.assertIn(''.join(f'{n}\n' for n in range(1, 5001)), done.stdout)

    def test_script_with_an_interpreter_of_its_own(self):
        done = self.run_machine(script='#!/usr/bin/awk -f\nBEGIN { print 6 * 7; exit 5 }\n')
        self.assert_status(done, 5)
        self.assertIn('42', done.stdout)

    def test_kernel_command_line_is_passed_on(self):
        done = self.run_machine('--append', 'lintel.test=passed', script='cat /proc/cmdline')
        self.assert_status(done, 0)
        self.assertIn('lintel.test=passed', done.stdout)

    def test_added_directory_stands_under_host(self):
        added = self.folder / 'added' / 'deep'
        added.mkdir(parents=True)
        content = bytes(range(7))  # not a multiple of 4: records of the archive are padded
        (added / 'odd').write_bytes(content)
        done = self.run_machine('--add', added.parent, script='md5sum /host/deep/odd')
        self.assert_status(done, 0)
        self.assertIn(f'{hashlib.md5(content).hexdigest()}  /host/deep/odd', done.stdout)

    def test_dom0_gets_the_memory_it_was_given(self):
        done = self.run_machine('--dom0-mem', '256', script="awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo")
        self.assert_status(done, 0)
        total = int(done.stdout.split()[-1])
        self.assertTrue(192 <= total <= 256, f'MemTotal is {total} MiB')

    def test_vector_registers_survive_context_switches(self):
        # Once a kernel trusted a broken compacted XSAVE format, and one process in sixteen crashed.
        done = self.run_machine(script='''
            failed=0; i=0
            while [ $i -lt 50 ]; do
                dmesg | tail -1 >/dev/null || failed=$((failed + 1))
                dmesg >/dev/null || failed=$((failed + 1))
                i=$((i + 1))
            done
            exit $failed''')
        self.assert_status(done, 0)
        self.assertNotIn('Segmentation fault', done.stdout)

    def test_two_cpus_boot(self):
        self.assert_status(self.run_machine('--cpus', '2', script='true'), 0)

    def test_native_boot_of_the_same_kernel_sees_no_lintel(self):
        done = self.run_machine('--native', script='grep -w hypervisor /proc/cpuinfo && exit 1; exit 9')
        self.assert_status(done, 9)


class Disk(MachineTest):
    def setUp(self):
        super().setUp()
        self.disk = self.file('disk', b'sector zero'.ljust(512, b'\0') + bytes(4 * 1024 * 1024 - 512))

    def read_and_write(self, *options):
        done = self.run_machine(*options, '--disk', self.disk, script='head -c 11 /dev/sda; echo; '
                                'printf written | dd of=/dev/sda bs=512 seek=9 conv=notrunc,fsync')
        self.assert_status(done, 0)
        self.assertIn('sector zero', done.stdout)
        self.assertEqual(self.disk.read_bytes()[9 * 512:][:7], b'written')

    def test_attached_image_is_an_ata_disk(self):
        self.read_and_write('--native')

    def test_dom0_reads_and_writes_an_ata_disk(self):
        self.read_and_write()


class Ending(MachineTest):
    def log(self, *options, **keywords):
        log = self.folder / 'log'
        return self.run_machine('--hv-log', log, *options, **keywords), log.read_text()

    def test_power_off_by_acpi_ends_the_machine(self):
        done, log = self.log(script='true')  # dom0 writes the register itself
        self.assert_status(done, 0)
        self.assertIn('dom0: ', log)  # what was logged before dom0 started is not lost with it

    def test_power_off_by_hypercall_ends_the_machine(self):
        done, log = self.log('--append', 'acpi=off', script='true')
        self.assert_status(done, 0)
        self.assertIn('machine: off', log)

    def test_reboot_ends_the_run(self):
        done, log = self.log(script='reboot; sleep 1000')
        self.assert_status(done, status.TROUBLE)  # there is no exit status of the script to return
        self.assertIn('machine: reboot', log)

    def test_script_that_powers_off_has_no_exit_status(self):
        done = self.run_machine(script='poweroff; sleep 1000')
        self.assert_status(done, status.TROUBLE)
        self.assertIn('before the script did', done.stderr)

    def test_time_limit(self):
        self.assert_status(self.run_machine(script='while :; do :; done', timeout=20), status.TIME_LIMIT)

    def test_crash_of_dom0_is_a_halt_with_a_reason(self):
        done = self.run_machine(script='echo c >/proc/sysrq-trigger; sleep 1000')
        self.assert_status(done, status.HALT)
        self.assertRegex(done.stderr, r'(?i)dom0.*crash|panic')
