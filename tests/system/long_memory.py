# SPDX-License-Identifier: Apache-2.0
"""Long runs of what test_memory.py does shortly, and stress-ng in guests. ./dev test --long runs it."""

from . import stress
from .memory import MemoryTest

LIMIT = 3 * 3600  # of which an idle host needs a fraction; a busy one should not fail it

# By the number of CPUs. Those of one kind of page tables are meant to take some ten minutes of an idle host's time, and in
# check mode the first half of them.
RUNS = {
    1: [f'--seed {seed} --operations 1000 --directory {folder}'
        for seed, folder in ((11, '/tmp'), (11, '/mnt'), (12, '/mnt'), (12, '/tmp'))],
    4: [f'--seed {seed} --operations 500 --threads {threads} --megabytes 12 --directory {folder}'
        for seed in (21, 22, 23, 24) for threads, folder in ((2, '/tmp'), (4, '/mnt'))],
}


class LongMemory(MemoryTest):
    shown = r'^digest'

    def run_long(self, page_tables, cpus):
        runs = RUNS[cpus]
        if page_tables == 'SEALED_CHECKED':
            runs = runs[:len(runs) // 2]
        self.vmrandom_as_on_the_host(runs, page_tables=page_tables, vcpus=cpus, cpus=cpus, timeout=LIMIT)

    def test_random_operations_on_one_cpu_nested(self):
        self.run_long('NESTED', 1)

    def test_random_operations_on_one_cpu_sealed(self):
        self.run_long('SEALED', 1)

    def test_random_operations_on_one_cpu_checked(self):
        self.run_long('SEALED_CHECKED', 1)

    def test_random_operations_on_four_cpus_nested(self):
        self.run_long('NESTED', 4)

    def test_random_operations_on_four_cpus_sealed(self):
        self.run_long('SEALED', 4)

    def test_random_operations_on_four_cpus_checked(self):
        self.run_long('SEALED_CHECKED', 4)

    def test_stress_ng_verifies_in_a_guest_on_two_cpus(self):
        self.stress(stress.SMP_SHORT, workers=3, vcpus=2, cpus=2, timeout=LIMIT)
