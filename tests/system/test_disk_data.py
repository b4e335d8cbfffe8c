# SPDX-License-Identifier: Apache-2.0
"""A short form of what long_disks.py does."""

from .disk_data import DiskDataTest


class DiskData(DiskDataTest):
    def test_what_is_written_is_read_whoever_dies(self):
        self.data_survives(size=4, rounds=6, timeout=900)
