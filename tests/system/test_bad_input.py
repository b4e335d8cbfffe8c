# SPDX-License-Identifier: Apache-2.0
"""What the hypervisor cannot run with, it refuses in one line that names it: `machine: halt: REASON`."""

from machine import status
from machine.options import TOP

from .booted import MachineTest

KERNEL = TOP / 'build' / 'kernel' / 'vmlinux'


class BadInput(MachineTest):
    def assert_refused(self, pattern, *options):
        done = self.run_machine(*options)
        self.assert_status(done, status.HALT)
        reason = [line for line in done.stderr.splitlines() if 'the machine halted: ' in line]
        self.assertEqual(len(reason), 1, done.stderr)
        self.assertRegex(reason[0], f'(?i){pattern}')

    def test_cpu_without_vmx(self):
        self.assert_refused('vmx', '--cpu-model', 'p4_prescott_celeron_336')

    def test_cpu_without_ept(self):
        self.assert_refused('ept', '--cpu-model', 'core2_penryn_t9600')

    def test_no_kernel(self):
        self.assert_refused('kernel|module', '--kernel', 'none', '--initrd', 'none')

    def test_kernel_that_is_no_elf_file(self):
        self.assert_refused('elf', '--kernel', self.file('text', 'This is not a kernel.\n' * 100))

    def test_kernel_cut_short(self):
        self.assert_refused('elf|kernel', '--kernel', self.file('short', KERNEL.read_bytes()[:100_000]))

    def test_kernel_with_a_damaged_header(self):
        whole = bytearray(KERNEL.read_bytes()[:1_000_000])
        whole[32:40] = b'\xff' * 8  # e_phoff: the program headers' place
        self.assert_refused('elf|kernel|header', '--kernel', self.file('damaged', bytes(whole)))

    def test_kernel_without_pvh_entry(self):
        self.assert_refused('pvh|note', '--kernel', '/bin/busybox')

    def test_dom0_larger_than_the_machine(self):
        self.assert_refused('memory|dom0_mem', '--mem', '256', '--dom0-mem', '4096')

    def test_dom0_too_small_for_its_kernel(self):
        self.assert_refused('memory|dom0_mem|kernel', '--dom0-mem', '4')

    def test_unknown_word_for_the_hypervisor(self):
        # A typing error must not silently mean the default. Either refused, or said in the log.
        log = self.folder / 'log'
        done = self.run_machine('--hv-append', 'dom0_memory=1G', '--hv-log', log, script='true')
        self.assertIn('dom0_memory', done.stderr + log.read_text())
