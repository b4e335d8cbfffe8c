# SPDX-License-Identifier: Apache-2.0
"""Wrong options end in one line and exit status 2, before anything is started."""

import subprocess

from machine import status
from machine.options import TOP

from .booted import MachineTest


class Usage(MachineTest):
    def assert_usage(self, pattern, *arguments):
        done = subprocess.run([TOP / 'dev', *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True)
        self.assert_status(done, status.USAGE)
        self.assertEqual(done.stdout, '')
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertRegex(done.stderr, pattern)

    def test_unknown_command(self):
        self.assert_usage("unknown command 'bild'", 'bild')

    def test_unknown_option(self):
        self.assert_usage('--memory', 'run', '--memory', '3')

    def test_numbers(self):
        for option, value in (('--cpus', '0'), ('--cpus', 'two'), ('--mem', '-5'), ('--mem', '1e3'),
                              ('--dom0-mem', ''), ('--timeout', '99999999999999999999')):
            with self.subTest(option=option, value=value):
                self.assert_usage(f'{option}.*is not a number', 'run', f'{option}={value}')

    def test_missing_files(self):
        for option in ('--kernel', '--initrd', '--script', '--disk', '--add'):
            with self.subTest(option=option):
                self.assert_usage(f'{option}.*/no/such', 'run', option, '/no/such')

    def test_disk_of_half_a_sector(self):
        self.assert_usage('sectors', 'run', '--disk', self.file('disk', b'x' * 700))

    def test_native_wants_a_bzimage(self):
        self.assert_usage('bzImage', 'run', '--native', '--kernel', '/bin/busybox')

    def test_quotes_in_the_command_line(self):
        self.assert_usage('--append', 'run', '--append', "a'b")

    def test_help_names_every_exit_status(self):
        done = subprocess.run([TOP / 'dev', 'run', '--help'], capture_output=True, text=True)
        self.assert_status(done, 0)
        for value in (status.PANIC, status.HALT, status.TIME_LIMIT, status.TROUBLE):
            self.assertIn(str(value), done.stdout)
