# SPDX-License-Identifier: Apache-2.0
"""What a kernel's memory management is tested with elsewhere, in guests that seal their page tables and in others.
./dev test --long runs it."""

from images import newc

from . import selftests, stress
from .memory import MemoryTest

LIMIT = 3 * 3600  # of which an idle host needs a fraction; a busy one should not fail it


class LongSealed(MemoryTest):
    shown = r'^@\w+/|successful run completed'

    def test_stress_ng_of_the_vm_class_verifies(self):
        self.stress(stress.VM_CLASS, workers=1, sizes=stress.VM_CLASS_SIZES, vcpus=1, cpus=1, timeout=LIMIT)

    def build_selftests(self):
        source = selftests.unpack()
        self.assertEqual(selftests.unnamed(source), [])
        return selftests.build(source, self.folder / 'programs')

    def run_selftests_in_a_guest(self, page_tables):
        output, _ = self.beat_guest(
            selftests.script(), *newc.tree(self.build_selftests(), 'host'), page_tables=page_tables, vcpus=1, cpus=1,
            timeout=LIMIT, memory=512, words=selftests.WORDS, machine=('--mem', 1152, '--dom0-mem', 512),
            forgiven=selftests.FORGIVEN)
        self.assertEqual(selftests.failed(output), {})

    def test_the_kernels_own_tests_pass_on_the_bare_machine(self):
        # Without these two features a native kernel keeps XSAVE on the emulated processor (tests/bench/os).
        done = self.run_machine('--native', '--mem', 640, '--add', self.build_selftests(), '--append',
                                f'mem=512M clearcpuid=xsaves,xsavec {selftests.WORDS}', timeout=LIMIT,
                                script=selftests.script())
        self.assertEqual(selftests.failed(done.stdout), {})

    def test_the_kernels_own_tests_pass_nested(self):
        self.run_selftests_in_a_guest('NESTED')

    def test_the_kernels_own_tests_pass_sealed(self):
        self.run_selftests_in_a_guest('SEALED')
