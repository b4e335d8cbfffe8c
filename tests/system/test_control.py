# SPDX-License-Identifier: Apache-2.0
"""/dev/lintel as processes see it, and a guest that is made by hand through it (tests/control)."""

from .control import ControlTest

class Control(ControlTest):
    def test_bad_input_is_refused(self):
        self.control('control refuse')

    def test_memory_is_shared_between_processes_and_not_inherited(self):
        self.control('control share')

    def test_grants_are_taken_back_with_the_file(self):
        self.control('control grants')

    def test_ports_are_closed_with_the_file(self):
        self.control('control ports')

    def test_a_process_that_is_killed_holds_nothing(self):
        output = self.control('''
            before=$(control free)
            for round in 1 2 3; do
                control hold >/tmp/number & holder=$!
                until [ -s /tmp/number ]; do sleep 0.05; done
                number=$(cat /tmp/number); rm /tmp/number
                control churn $number & churner=$!
                sleep 0.$((round * 13))
                kill -9 $holder $churner
                wait $holder $churner 2>/dev/null
                control end $number || exit 1
            done
            [ $(control free) = $before ] && echo all is free again''')
        self.assertIn('all is free again', output)

    def test_a_guest_boots_to_its_console(self):
        output = self.guest('''
            echo privileged: $(cat /sys/hypervisor/privileged)
            cd /sys/bus/lintel/devices/lintel1
            echo device: $(cat name class version backend frontend_state backend_state)
            echo go on
            read -r line
            echo so: $line''', 'go on', 'typed at the console\n')
        self.assertIn('privileged: 0', output)
        self.assertIn('device: c0 console 2 0 connected connected', output)
        self.assertIn('so: typed at the console', output)
        self.assertIn('ended: state 2, reason 0', output)

    def test_a_guest_says_everything_in_order(self):
        output = self.guest('seq 2000')
        self.assertIn(''.join(f'{n}\n' for n in range(1, 2001)), output)

    def test_a_guest_speaks_from_its_first_line_on(self):
        output = self.guest('true', words='console=hvc0')
        self.assertRegex(output, r'Linux version .*\n(.*\n)*.*domain [1-9][0-9]*, 1 vCPU(.*\n)*.*ended: state 2')

    def test_a_guest_that_panics_has_crashed(self):
        output = self.guest('echo c >/proc/sysrq-trigger')
        self.assertIn('sysrq triggered crash', output)
        self.assertRegex(output, r'ended: state [23], reason 2')

    def test_a_guest_with_two_cpus(self):
        output = self.guest('cat /sys/devices/system/cpu/online; taskset 2 echo on the second', vcpus=2,
                            machine=('--cpus', '2'))
        self.assertIn('0-1\non the second\n', output)

    def test_a_guest_powers_off_when_asked(self):
        output = self.guest('echo go on; sleep 1000', 'go on', '@poweroff')
        self.assertIn('ended: state 2, reason 0', output)

    def test_a_guest_restarts_when_asked(self):
        output = self.guest('echo go on; sleep 1000', 'go on', '@reboot')
        self.assertIn('ended: state 2, reason 1', output)

    def test_a_guest_does_not_wait_for_a_backend_that_is_not_there(self):
        output = self.guest('seq 5000; cat /proc/uptime', way='absent')
        self.assertIn('frontend: state 2\n', output)
        self.assertIn('ended: state 2, reason 0', output)

    def test_a_guest_does_not_wait_long_for_a_backend_that_reads_nothing(self):
        output = self.guest('seq 5000', way='stuck')
        self.assertIn('ended: state 2, reason 0', output)

    def test_a_guest_leaves_a_console_whose_backend_lies(self):
        output = self.guest('seq 5000', way='lie')
        self.assertIn('frontend: state 4\n', output)
        self.assertIn('ended: state 2, reason 0', output)

    def test_a_console_comes_and_goes(self):
        output = self.guest('''
            echo first question
            until echo to the second >/dev/hvc1; do sleep 0.1; done 2>/dev/null
            echo second question
            while [ -e /sys/bus/lintel/devices/lintel2 ]; do sleep 0.1; done
            echo it is gone''', 'first question', '@plug', 'second question', '@unplug')
        self.assertIn('second: state 2, to the second\n', output)
        self.assertIn('it is gone\n', output)
        self.assertIn('second: state 0, \n', output)
