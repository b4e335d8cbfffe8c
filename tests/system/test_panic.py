# SPDX-License-Identifier: Apache-2.0
"""A panic of the hypervisor is told: the reason, the registers, a back trace with names."""

import re

from machine import status

from .booted import MachineTest


class Panic(MachineTest):
    def panic(self, kind, *options):
        """Breaks just before dom0 runs. Returns what was said, and the functions of the back trace."""
        done = self.run_machine('--initrd', 'none', '--hv-append', f'selftest={kind}', *options)
        self.assert_status(done, status.PANIC)
        self.assertLess(done.stderr.index('panic on CPU 0: '), done.stderr.index('rax '))  # the reason comes first
        self.assertLess(done.stderr.index('rax '), done.stderr.index('machine: panic: '))
        return done.stderr, re.findall(r'error:   [0-9a-f]{16} (\S+)\+[0-9a-f]+$', done.stderr, re.M)

    def test_failed_assertion(self):
        said, trace = self.panic('assertion')
        self.assertRegex(said, r'hypervisor panic: assertion failed at \S*main\.cpp:\d+: wanted != SelfTest::assertion')
        self.assertRegex(said, r'rip [0-9a-f]{16} cs 8 ')
        self.assertEqual(trace, ['panic', 'assertion_failed', 'self_test', 'hypervisor_main', '?'])

    def test_page_fault(self):
        said, trace = self.panic('exception')
        self.assertIn('hypervisor panic: exception 14 with error code 2 in the hypervisor', said)
        self.assertIn('cr2 ffffdead00000000', said)
        self.assertEqual(trace, ['self_test', 'hypervisor_main', '?'])

    def test_the_other_cpu_says_nothing(self):
        said, _ = self.panic('assertion', '--cpus', '2')
        self.assertEqual(said.count('machine: panic: '), 1, said)
