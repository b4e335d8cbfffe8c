# SPDX-License-Identifier: Apache-2.0
"""Ten minutes of stress-ng, one stressor after the other. ./dev test --long runs it."""

from . import stress

LIMIT = 3 * 3600  # of which an idle host needs a fraction; a busy one should not fail it


class LongStress(stress.StressTest):
    def test_stress_ng_verifies_for_ten_minutes(self):
        self.beat(stress.LONG, one_by_one=True, timeout=LIMIT)
