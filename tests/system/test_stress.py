# SPDX-License-Identifier: Apache-2.0
"""A short beating of dom0's kernel, checked by the program that gives it; long_stress.py has the long one."""

from . import stress


class Stress(stress.StressTest):
    def test_stress_ng_verifies(self):
        self.beat(stress.SHORT, timeout=300)

    def test_stress_ng_verifies_on_two_cpus(self):
        self.beat(stress.SMP_SHORT, timeout=600, cpus=2, workers=3)
