# SPDX-License-Identifier: Apache-2.0
"""dom0 boots many times in a row. ./dev test --long runs it."""

from .booted import MachineTest

BOOTS = 20


class LongBoots(MachineTest):
    def test_dom0_boots_twenty_times_in_a_row(self):
        for number in range(1, BOOTS + 1):
            with self.subTest(boot=number):
                done = self.run_machine(script='dmesg | grep -c Lintel')
                self.assert_status(done, 0)
                self.assertNotRegex(done.stdout, r'BUG:|WARNING: CPU|Oops|Segmentation fault')
