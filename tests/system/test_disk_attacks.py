# SPDX-License-Identifier: Apache-2.0
"""On one CPU; long_disks.py has two."""

from .disk_attacks import DiskAttacksTest


class DiskAttacks(DiskAttacksTest):
    def test_attacks_harm_nobody_else(self):
        self.attack()
