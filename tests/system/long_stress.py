# SPDX-License-Identifier: Apache-2.0
"""Minutes of stress-ng, one stressor after the other. ./dev test --long runs it."""

from . import stress

LIMIT = 3 * 3600  # of which an idle host needs a fraction; a busy one should not fail it


class LongStress(stress.StressTest):
    def test_stress_ng_verifies_on_one_cpu(self):
        self.beat(stress.LONG, one_by_one=True, timeout=LIMIT)

    def test_stress_ng_verifies_on_two_cpus(self):
        self.beat(stress.SMP_LONG, one_by_one=True, timeout=LIMIT, cpus=2, workers=4)

    def test_stress_ng_verifies_on_four_cpus(self):
        self.beat(stress.SMP_SHORT, one_by_one=True, timeout=LIMIT, cpus=4, workers=6)
