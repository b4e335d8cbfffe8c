# SPDX-License-Identifier: Apache-2.0
"""A million random hypercalls from several vCPUs. ./dev test --long runs it."""

from machine import guests

from .booted import MachineTest

CALLS = 1_000_000


class LongFuzz(MachineTest):
    def fuzz(self, seed, *options):
        done = self.run_machine('--kernel', guests.IMAGES / 'fuzz_hypercalls.elf', '--initrd', 'none', *options,
                                '--append', f'seed={seed} calls={CALLS}', timeout=1800)
        self.assert_status(done, 0)
        self.assertRegex(done.stdout, r'(?m)^result: success')

    def test_a_million_hypercalls_from_more_vcpus_than_cpus(self):
        self.fuzz(2, '--cpus', 2, '--hv-append', 'dom0_vcpus=4')

    def test_a_million_hypercalls_from_four_cpus(self):
        self.fuzz(3, '--cpus', 4)
