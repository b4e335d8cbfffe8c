# SPDX-License-Identifier: Apache-2.0
"""What a kernel's memory management is tested with elsewhere, in guests that seal their page tables and in others.
./dev test --long runs it."""

from images import newc

from . import selftests, stress
from .memory import PAGE_TABLES, MemoryTest

LIMIT = 3 * 3600  # of which an idle host needs a fraction; a busy one should not fail it


class LongSealed(MemoryTest):
    def test_stress_ng_of_the_vm_class_verifies(self):
        self.stress(stress.VM_CLASS, workers=1, sizes=stress.VM_CLASS_SIZES, vcpus=1, cpus=1, timeout=LIMIT)

    def test_the_kernels_own_tests_pass_as_on_the_bare_machine(self):
        source = selftests.unpack()
        self.assertEqual(selftests.unnamed(source), [])
        added = selftests.build(source, self.folder / 'programs')
        # Without these two features a native kernel keeps XSAVE on the emulated processor (tests/bench/os).
        native = self.run_machine('--native', '--mem', 640, '--add', added, '--append',
                                  f'mem=512M clearcpuid=xsaves,xsavec {selftests.WORDS}', timeout=LIMIT,
                                  script=selftests.script())
        failed = {'native': selftests.failed(native.stdout)}
        for page_tables in PAGE_TABLES:
            output, _ = self.beat_guest(
                selftests.script(), *newc.tree(added, 'host'), page_tables=page_tables, vcpus=1, cpus=1, timeout=LIMIT,
                memory=512, words=selftests.WORDS, machine=('--mem', 1152, '--dom0-mem', 512))
            failed[page_tables] = selftests.failed(output)
        self.assertEqual(failed, {name: {} for name in failed})
