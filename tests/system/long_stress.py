# SPDX-License-Identifier: Apache-2.0
"""Ten minutes of stress-ng, one stressor after the other. ./dev test --long runs it."""

from . import stress, test_stress


class LongStress(test_stress.Stress):
    test_stress_ng_verifies = None  # the short form runs by itself

    def test_stress_ng_verifies_for_ten_minutes(self):
        self.beat(stress.script(stress.LONG, one_by_one=True), timeout=2400)
