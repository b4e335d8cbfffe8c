# SPDX-License-Identifier: Apache-2.0
"""Tests by the program of tests/control, which uses /dev/lintel by hand in dom0."""

import shlex
import shutil

from images import guest
from machine.options import TOP

from .booted import MachineTest

TROUBLE = r'BUG:|WARNING: CPU|Oops|rcu.*stall|cannot be unmapped'


class ControlTest(MachineTest):
    def setUp(self):
        super().setUp()
        self.host = self.folder / 'host'
        self.host.mkdir()
        shutil.copy(TOP / 'build' / 'tests' / 'control' / 'control', self.host)

    def control(self, script, *options):
        done = self.run_machine('--add', self.host, *options, timeout=600,
                                script=f'PATH=$PATH:/host\n({script}\n)\nstatus=$?\ndmesg\nexit $status\n')
        self.assert_status(done, 0)
        self.assertNotRegex(done.stdout, TROUBLE)
        return done.stdout

    def guest(self, script, *answers, words='quiet console=hvc0', vcpus=1, way='serve', machine=(), before='true',
              after='true'):
        """What a guest says; its first process runs the script, in which there are no double quotes.

        `before` and `after` are commands of dom0."""
        shutil.copy(TOP / 'build' / 'kernel' / 'vmlinux', self.host)
        (self.host / 'initramfs').write_bytes(guest.archive())
        (self.host / 'words').write_text(f'{words} script="{script}"')
        run = f'/host/control run /host/vmlinux /host/initramfs 128 {vcpus} "$(cat /host/words)" {way}'
        return self.control(f'{before} && {run} {shlex.join(answers)} && {after}', *machine).replace('\r', '')
