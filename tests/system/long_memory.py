# SPDX-License-Identifier: Apache-2.0
"""Long runs of what test_memory.py does shortly, and stress-ng in guests. ./dev test --long runs it."""

from . import stress
from .memory import MemoryTest

LIMIT = 3 * 3600  # of which an idle host needs a fraction; a busy one should not fail it

RUNS = [f'--seed {seed} --operations 1000 --directory {folder}' for seed in (11, 12, 13) for folder in ('/tmp', '/mnt')]
SMP_RUNS = [f'--seed {seed} --operations 300 --threads {threads} --megabytes 12 --directory {folder}'
            for seed in (21, 22) for threads, folder in ((2, '/tmp'), (4, '/mnt'))]


class LongMemory(MemoryTest):
    def test_random_operations_on_one_cpu(self):
        self.vmrandom_everywhere(RUNS, vcpus=1, cpus=1, timeout=LIMIT)

    def test_random_operations_on_four_cpus(self):
        self.vmrandom_everywhere(SMP_RUNS, vcpus=4, cpus=4, timeout=LIMIT)

    def test_stress_ng_verifies_in_a_guest_on_two_cpus(self):
        self.stress(stress.SMP_SHORT, workers=3, vcpus=2, cpus=2, timeout=LIMIT)
