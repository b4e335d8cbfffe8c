# SPDX-License-Identifier: Apache-2.0
"""Long runs of what test_memory.py does shortly, and stress-ng in guests. ./dev test --long runs it."""

from . import stress
from .memory import MemoryTest

LIMIT = 3 * 3600  # of which an idle host needs a fraction; a busy one should not fail it

# Each kind of page tables by itself is meant to take some ten minutes of an idle host's time.
RUNS = [f'--seed {seed} --operations 1000 --directory {folder}' for seed in (11, 12, 13) for folder in ('/tmp', '/mnt')]
SMP_RUNS = [f'--seed {seed} --operations 500 --threads {threads} --megabytes 12 --directory {folder}'
            for seed in (21, 22) for threads, folder in ((2, '/tmp'), (4, '/mnt'))]


class LongMemory(MemoryTest):
    shown = r'^digest'

    def on_one_cpu(self, page_tables):
        self.vmrandom_as_on_the_host(RUNS, page_tables=page_tables, vcpus=1, cpus=1, timeout=LIMIT)

    def on_four_cpus(self, page_tables):
        self.vmrandom_as_on_the_host(SMP_RUNS, page_tables=page_tables, vcpus=4, cpus=4, timeout=LIMIT)

    def test_random_operations_on_one_cpu_nested(self):
        self.on_one_cpu('NESTED')

    def test_random_operations_on_one_cpu_sealed(self):
        self.on_one_cpu('SEALED')

    def test_random_operations_on_one_cpu_checked(self):
        self.on_one_cpu('SEALED_CHECKED')

    def test_random_operations_on_four_cpus_nested(self):
        self.on_four_cpus('NESTED')

    def test_random_operations_on_four_cpus_sealed(self):
        self.on_four_cpus('SEALED')

    def test_random_operations_on_four_cpus_checked(self):
        self.on_four_cpus('SEALED_CHECKED')

    def test_stress_ng_verifies_in_a_guest_on_two_cpus(self):
        self.stress(stress.SMP_SHORT, workers=3, vcpus=2, cpus=2, timeout=LIMIT)
