# SPDX-License-Identifier: Apache-2.0
"""Guests' disks for hours: data, killed backends, ends in mid-write, attacks. ./dev test --long runs it."""

import re

from .disk_attacks import DiskAttacksTest
from .disk_data import DiskDataTest
from .disk_faults import DiskFaultsTest

LIMIT = 3 * 3600  # of which an idle host needs a fraction


class LongDiskData(DiskDataTest):
    def test_64_mib_are_written_and_read_on_three_kinds_of_disks(self):
        self.data_survives(size=64, rounds=1, timeout=LIMIT)

    def test_backends_are_killed_a_hundred_times(self):
        self.data_survives(size=8, rounds=34, timeout=LIMIT)


class LongDiskFaults(DiskFaultsTest):
    def test_twenty_guests_end_in_mid_write(self):
        self.synced_survives(rounds=20, timeout=LIMIT)


class LongDiskAttacks(DiskAttacksTest):
    def test_rings_change_while_another_cpu_reads_them(self):
        output = self.attack(cpus=2, timeout=LIMIT)
        self.assertGreater(int(re.search(r'fields change: \d+ done, (\d+) refused', output)[1]), 10)
