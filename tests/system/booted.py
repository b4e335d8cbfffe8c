# SPDX-License-Identifier: Apache-2.0
"""./dev run as a function, and the assertions that most system tests share."""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from machine.options import TOP

TIME_LIMIT = 240  # an idle host needs 8 s to boot; a busy one should not fail tests

# What a kernel or its shell prints when the ground gives way.
TROUBLE = r'BUG:|WARNING: CPU|Oops|rcu.*stall|FW BUG|Firmware Bug|nobody cared|Segmentation fault'


class MachineTest(unittest.TestCase):
    shown = None  # lines of the console that match are told as they come, where a test takes long

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='lintel-test-')
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run_machine(self, *options, script=None, timeout=TIME_LIMIT):
        """Boots and waits for the end; returns .returncode, .stdout (the console), .stderr."""
        if script is not None:
            options += ('--script', self.file('script', script))
        command = [str(word) for word in (TOP / 'dev', 'run', '--timeout', timeout, *options)]
        with (tempfile.TemporaryFile('w+', errors='replace') as trouble,
              subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=trouble, text=True,
                               errors='replace') as machine):
            console = ''.join(map(self.tell, machine.stdout))
            machine.wait()
            trouble.seek(0)
            return subprocess.CompletedProcess(command, machine.returncode, console, trouble.read())

    def tell(self, line):
        if self.shown and re.search(self.shown, line):
            print(f'dev: {self.id().rsplit(".", 1)[-1]}: {line.rstrip()}', file=sys.stderr, flush=True)
        return line

    def assert_status(self, done, expected):
        if done.returncode != expected:
            self.fail(f'exit status {done.returncode} instead of {expected}\n'
                      f'-- console\n{done.stdout}\n-- standard error\n{done.stderr}')

    def assert_healthy(self, done):
        """The script succeeded, and nothing it printed (dmesg, say) tells of a kernel in trouble."""
        self.assert_status(done, 0)
        self.assertNotRegex(done.stdout, TROUBLE)
