# SPDX-License-Identifier: Apache-2.0
"""dom0 boots many times in a row. ./dev test --long runs it."""

from .booted import MachineTest

BOOTS = 20


class LongBoots(MachineTest):
    def boot_in_a_row(self, cpus):
        """Each boot brings up every CPU, and each of them runs a program."""
        expected = ['online ' + ('0' if cpus == 1 else f'0-{cpus - 1}'), *(f'ran on {cpu}' for cpu in range(cpus))]
        for number in range(1, BOOTS + 1):
            with self.subTest(boot=number):
                done = self.run_machine('--cpus', cpus, timeout=600, script=f'''
                    echo "online $(cat /sys/devices/system/cpu/online)"
                    for cpu in $(seq 0 {cpus - 1}); do
                        taskset $(printf %x $((1 << cpu))) awk '{{ print "ran on", $39 }}' /proc/self/stat || exit 1
                    done
                    dmesg''')
                self.assert_healthy(done)
                self.assertIn('\n'.join(expected) + '\n', done.stdout)

    def test_twenty_boots_in_a_row_on_one_cpu(self):
        self.boot_in_a_row(1)

    def test_twenty_boots_in_a_row_on_two_cpus(self):
        self.boot_in_a_row(2)

    def test_twenty_boots_in_a_row_on_four_cpus(self):
        self.boot_in_a_row(4)
