# SPDX-License-Identifier: Apache-2.0
"""A guest's memory does what a model says, whoever writes its page tables; long_memory.py has the long runs."""

from .memory import CHECKED, MemoryTest


class GuestMemory(MemoryTest):
    def test_random_operations_on_one_cpu(self):
        self.vmrandom_everywhere(['--seed 1 --operations 500'], CHECKED, vcpus=1, cpus=1, timeout=900)

    def test_random_operations_on_four_cpus(self):
        runs = ['--seed 2 --operations 100 --threads 4 --megabytes 16']
        self.vmrandom_everywhere(runs, CHECKED, vcpus=4, cpus=4, timeout=1200)
