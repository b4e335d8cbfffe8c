# SPDX-License-Identifier: Apache-2.0
"""dom0 on two CPUs: both work, one can go and come back, each is heard by the other and idle when it may be."""

from .booted import MachineTest

IDLE_EXITS = 300  # a second and CPU, at most


class Smp(MachineTest):
    def run_quietly(self, script, cpus=2, timeout=240):
        done = self.run_machine('--cpus', cpus, script=f'({script}\n)\nstatus=$?\ndmesg\nexit $status\n',
                                timeout=timeout)
        self.assert_healthy(done)
        return done.stdout

    def test_both_cpus_run_programs(self):
        output = self.run_quietly('''
            echo "online $(cat /sys/devices/system/cpu/online)"
            for cpu in 0 1; do
                taskset $((1 << cpu)) sh -c 'read -r all </proc/self/stat; set -- $all; shift 38; echo "ran on $1"'
            done
            grep -c ^processor /proc/cpuinfo''')
        self.assertIn('online 0-1\nran on 0\nran on 1\n2\n', output)

    def test_a_cpu_goes_and_comes_back(self):
        output = self.run_quietly('''
            cpu=/sys/devices/system/cpu/cpu1/online
            for round in 1 2 3 4 5; do
                echo 0 >$cpu && echo "without: $(cat /sys/devices/system/cpu/online)" || exit 1
                echo 1 >$cpu && echo "with: $(cat /sys/devices/system/cpu/online)" || exit 1
                taskset 2 true || exit 1
            done''')
        self.assertEqual(output.count('without: 0\nwith: 0-1\n'), 5)

    def test_cpu_0_stays(self):
        output = self.run_quietly('echo 0 >/sys/devices/system/cpu/cpu0/online; cat /sys/devices/system/cpu/online')
        self.assertIn('0-1\n', output)

    def test_back_trace_of_a_cpu_that_takes_no_interrupts(self):
        output = self.run_quietly('''
            taskset 2 sh -c 'while :; do :; done' & busy=$!
            sleep 0.2
            taskset 1 sh -c 'echo l >/proc/sysrq-trigger'
            kill $busy''')
        self.assertRegex(output, r'NMI backtrace for cpu 1')
        self.assertNotRegex(output, r'Uhhuh|Dazed and confused')

    def test_an_interrupt_follows_its_affinity(self):
        output = self.run_quietly('''
            alarm() { # who took it
                echo +1 >/sys/class/rtc/rtc0/wakealarm
                sleep 2
                echo "$1: $(awk '$NF == "rtc0" { print $2, $3 }' /proc/interrupts)"
            }
            alarm first
            irq=$(awk '$NF == "rtc0" { print $1 + 0 }' /proc/interrupts)
            echo 2 >/proc/irq/$irq/smp_affinity
            alarm second
            echo 0 >/sys/devices/system/cpu/cpu1/online
            alarm third''')
        self.assertIn('first: 1 0\n', output)
        self.assertIn('second: 1 1\n', output)
        self.assertIn('third: 2 lintel-gsi\n', output)

    def test_idle_cpus_are_left_alone(self):
        output = self.run_quietly('''
            exits() { awk '{ n += $2 } END { print n }' /sys/hypervisor/vcpu$1/exits; }
            sleep 1
            zero=$(exits 0) one=$(exits 1)
            sleep 5
            echo "idle exits $((($(exits 0) - zero) / 5)) $((($(exits 1) - one) / 5))"''')
        rates = [int(word) for word in output.split('idle exits ')[1].splitlines()[0].split()]
        self.assertTrue(all(rate < IDLE_EXITS for rate in rates), f'{rates} exits a second')
