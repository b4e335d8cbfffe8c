# SPDX-License-Identifier: Apache-2.0
"""A short beating of dom0's kernel, checked by the program that gives it; long_stress.py has the long one."""

from . import stress
from .booted import MachineTest


class Stress(MachineTest):
    def beat(self, script, timeout):
        added = stress.collect(self.folder / 'stress')
        if added is None:
            self.skipTest('stress-ng is not installed; run ./dev setup')
        done = self.run_machine('--add', added, timeout=timeout, script=script)
        self.assert_status(done, 0)
        self.assertRegex(done.stdout, 'successful run completed')
        self.assertNotRegex(done.stdout, r'BUG:|WARNING: CPU|Oops|rcu.*stall|Segmentation fault')

    def test_stress_ng_verifies(self):
        self.beat(stress.script(stress.SHORT, one_by_one=False), timeout=300)
