# SPDX-License-Identifier: Apache-2.0
"""A short beating of dom0's kernel, checked by the program that gives it."""

from .booted import MachineTest
from .stress import collect

# Work that goes through what Lintel touches: address spaces, faults, timers, signals, context switches.
# The CPU stressor's other methods use instructions that Bochs announces and does not have.
# Counted in operations, since seconds of an emulated machine say little.
STRESSORS = {'fork': 50, 'vm': 100, 'pipe': 2000, 'timer': 500, 'switch': 1000, 'mmap': 5, 'cpu': 20}


class Stress(MachineTest):
    def test_stress_ng_verifies(self):
        added = collect(self.folder / 'stress')
        if added is None:
            self.skipTest('stress-ng is not installed; run ./dev setup')
        words = ' '.join(f'--{name} 1 --{name}-ops {count}' for name, count in STRESSORS.items())
        done = self.run_machine('--add', added, timeout=300, script=f'''
            cd /tmp && /host/stress-ng --verify --temp-path /tmp --vm-bytes 16m --mmap-bytes 4m \
                --cpu-method int64 {words} -t 60s''')
        self.assert_status(done, 0)
        self.assertRegex(done.stdout, 'successful run completed')
        self.assertNotRegex(done.stdout, r'BUG:|WARNING: CPU|Oops|rcu.*stall')
