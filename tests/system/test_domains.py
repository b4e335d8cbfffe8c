# SPDX-License-Identifier: Apache-2.0
"""Guests as a user of dom0 meets them: made, watched, typed to, ended, found again."""

import json
import re

from .domains import DomainTest


class Life(DomainTest):
    def test_a_guest_runs_to_its_end_at_the_console_of_who_made_it(self):
        output = self.run_dom0('''
            before=$(free_frames)
            lintel create -c /etc/lintel/hello.cfg </dev/null
            echo "status $?"
            lintel list
            [ $(free_frames) = $before ] && echo 'all frames are back'
        ''')
        self.assertRegex(output, r'Hello from a guest:\r?\nLinux 6\.1')
        self.assertIn('lintel: hello has powered off\nstatus 0\n', output)
        self.assertIn('all frames are back', output)
        self.assertNotIn('hello  ', output.partition('status 0')[2])

    def test_the_exit_status_says_how_it_ended(self):
        output = self.run_dom0('''
            echo 'reboot -f' | config again
            lintel create -c /tmp/again.cfg </dev/null; echo "reboot $?"
            echo 'halt -f' | config halts
            lintel create -c /tmp/halts.cfg </dev/null; echo "halt $?"
            echo 'echo c >/proc/sysrq-trigger' | config crashes
            lintel create -c /tmp/crashes.cfg </dev/null; echo "crash $?"
            echo 'sleep 1000' | config sleeps
            (lintel create -c /tmp/sleeps.cfg </dev/null; echo "destroyed $?") & made=$!
            until_done eval 'lintel info sleeps >/dev/null 2>&1'
            lintel destroy sleeps
            wait $made
        ''')
        for line in ('reboot 64', 'halt 0', 'crash 65', 'destroyed 66'):
            self.assertRegex(output, rf'(?m)^{line}\r?$')

    def test_two_guests_run_at_a_time(self):
        output = self.run_dom0('''
            echo 'read word; echo one: $word' | config one
            echo 'read word; echo two: $word' | config two
            lintel create /tmp/one.cfg && lintel create /tmp/two.cfg || exit 1
            lintel list
            echo first | lintel console one; echo "one $?"
            echo second | lintel console two; echo "two $?"
        ''')
        self.assertRegex(output, r'(?m)^one +\d+ ')
        self.assertRegex(output, r'(?m)^one: first\r?$')
        self.assertRegex(output, r'(?m)^two: second\r?$')
        self.assertRegex(output, r'(?m)^two 0\r?$')

    def test_shutdown_is_heard(self):
        output = self.run_dom0('''
            echo 'echo up; sleep 1000' | config web
            lintel create /tmp/web.cfg
            until_done eval "printf '\\035' | lintel console web | grep -q up"
            lintel shutdown --wait web; echo "poweroff $?"
            lintel create /tmp/web.cfg
            until_done eval "printf '\\035' | lintel console web | grep -q up"
            lintel shutdown --reboot --wait web; echo "reboot $?"
        ''')
        self.assertIn('lintel: web has powered off\npoweroff 0\n', output)
        self.assertIn('reboot 64\n', output)

    def test_a_paused_guest_stands_still(self):
        output = self.run_dom0('''
            echo 'i=0; while :; do i=$((i + 1)); done' | config busy
            used() { lintel info busy --json | sed 's/.*"cpu_ns":\\([0-9]*\\).*/\\1/'; }
            lintel create --paused /tmp/busy.cfg
            echo "before its start: $(used)"
            lintel unpause busy; sleep 1; lintel pause busy
            first=$(used); sleep 1; second=$(used)
            [ $first -gt 0 ] && [ $first = $second ] && echo 'stands still'
            lintel unpause busy; sleep 1
            [ $(used) -gt $second ] && echo 'goes on'
            lintel destroy busy
        ''')
        self.assertIn('before its start: 0\nstands still\ngoes on\n', output)

    def test_a_crashed_guest_is_preserved_or_made_anew_as_wanted(self):
        output = self.run_dom0('''
            echo 'echo last words; echo c >/proc/sysrq-trigger' | config kept 'memory_mib: 64 on_crash: PRESERVE'
            lintel create -c /tmp/kept.cfg </dev/null; echo "kept $?"
            lintel console kept </dev/null; echo "again $?"
            lintel list | grep kept
            lintel destroy kept
            echo 'echo alive; echo c >/proc/sysrq-trigger' | config anew 'memory_mib: 64 on_crash: RESTART'
            lintel create -c /tmp/anew.cfg </dev/null; echo "anew $?"
        ''', timeout=400)
        self.assertIn('kept 65\n', output)
        self.assertIn('again 65\n', output)
        self.assertRegex(output, r'(?m)^kept .*(crashed|shut down)')
        self.assertEqual(len(re.findall(r'(?m)^alive\r?$', output)), 3)
        self.assertIn('anew 65\n', output)


class Figures(DomainTest):
    def test_list_and_info_say_what_is_there(self):
        output = self.run_dom0('''
            echo 'sleep 1000' | config web 'memory_mib: 64 vcpus: 2'
            lintel create --json /tmp/web.cfg
            lintel list --json
            lintel info --json
            lintel info web
            lintel info dom0 --json
            lintel dmesg | tail -n 3
        ''')
        objects = [json.loads(line) for line in output.splitlines() if line.startswith('{')]
        created, listed, machine, dom0 = objects
        self.assertEqual((created['name'], created['vcpus']), ('web', 2))
        self.assertEqual([domain['name'] for domain in listed['domains']], ['dom0', 'web'])
        self.assertGreaterEqual(created['memory_bytes'], 64 << 20)
        self.assertEqual(machine['domains'], 2)
        self.assertGreater(machine['free_frames'], 0)
        self.assertEqual(dom0['name'], 'dom0')
        self.assertRegex(output, r'(?m)^vcpus +2, \d of them blocked')
        self.assertIn('lintel', output)

    def test_twenty_guests_come_and_go_and_leave_nothing(self):
        output = self.run_dom0('''
            echo true | config web
            lintel create --paused /tmp/web.cfg && lintel destroy web # what is kept once for all is there now
            before=$(held)
            for n in $(seq 20); do
                lintel create --paused /tmp/web.cfg && lintel destroy web && [ "$(held)" = "$before" ] && echo done || exit 1
            done
        ''')
        self.assertEqual(output.count('done\n'), 20)


class Mistakes(DomainTest):
    def test_each_is_one_line_and_leaves_nothing(self):
        output = self.run_dom0('''
            frames=$(free_frames)
            try() { cat >/tmp/try.cfg; lintel create /tmp/try.cfg; echo "status $?"; }
            try <<'END'
name: "web"
kernel: "/boot/vmlinux"
memory_mib: 3
END
            try <<'END'
name: "web"
kernel: "/boot/missing"
memory_mib: 64
END
            try <<'END'
name: "web"
kernel: "/bin/busybox"
memory_mib: 64
END
            try <<'END'
name: "web"
kernel: "/boot/vmlinux"
memory_mib: 100000
END
            try <<'END'
name: "web"
kernel: "/boot/vmlinux"
memory_mib: 4
END
            try <<'END'
name: "web"
kernel: "/boot/vmlinux"
memory_mib: 64
nic { bridge: "br0" }
END
            lintel create /tmp/try.cfg /tmp/try.cfg; echo "status $?"
            lintel destroy web; echo "status $?"
            lintel console web; echo "status $?"
            [ $(free_frames) = $frames ] && echo 'nothing is left'
        ''')
        lines = [line.strip() for line in output.splitlines()]
        self.assertEqual(sum(line.startswith('lintel: ') for line in lines), 9)
        self.assertIn('lintel: /tmp/try.cfg:3: memory_mib: 3 is out of range; write a number from 4 to 1048576', lines)
        self.assertIn('lintel: /tmp/try.cfg: /boot/missing: No such file or directory', lines)
        self.assertRegex(output, r'/bin/busybox: the kernel ')
        self.assertRegex(output, r'memory_mib: 100000 MiB wanted, \d+ MiB free')
        self.assertRegex(output, r'does not fit into 4 MiB; give the guest at least memory_mib: \d+')
        self.assertIn('lintel: /tmp/try.cfg:4: nic: network cards do not exist yet; remove the block', lines)
        self.assertIn('nothing is left', lines)


class Daemon(DomainTest):
    def test_a_killed_linteld_finds_its_guests_and_their_consoles_again(self):
        output = self.run_dom0('''
            echo 'echo up; read word; echo said: $word' | config web
            lintel create /tmp/web.cfg
            until_done eval "printf '\\035' | lintel console web | grep -q up"
            lintel create --paused /etc/lintel/hello.cfg
            first=$(pidof linteld)
            kill -9 $first
            until_done eval 'second=$(pidof linteld) && [ "$second" != $first ]'
            lintel list
            echo hello | lintel console web; echo "web $?"
            lintel unpause hello
            lintel console hello </dev/null; echo "hello $?"
        ''')
        self.assertRegex(output, r'(?m)^hello +\d+ paused')
        self.assertRegex(output, r'(?m)^web +\d+ (running|idle)')
        self.assertRegex(output, r'(?m)^said: hello\r?$')
        self.assertRegex(output, r'(?m)^web 0\r?$')
        self.assertRegex(output, r'(?m)^hello 0\r?$')

    def test_an_attached_command_hears_that_linteld_was_killed(self):
        output = self.run_dom0('''
            echo 'sleep 1000' | config web
            (lintel create -c /tmp/web.cfg </dev/null; echo "status $?") & attached=$!
            until_done eval 'lintel info web >/dev/null 2>&1'
            kill -9 $(pidof linteld)
            wait $attached
            lintel destroy web && echo destroyed
        ''')
        self.assertIn('status 68\n', output)
        self.assertIn('destroyed\n', output)
