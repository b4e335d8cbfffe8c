# SPDX-License-Identifier: Apache-2.0
"""Many guests at a time, and guests that behave badly beside one that does not."""

import hashlib
from pathlib import Path

from . import tiny_kernel
from .domains import DomainTest

SUM = hashlib.md5(bytes(4 << 20)).hexdigest()  # of what the guests compute


class Crowd(DomainTest):
    def test_eight_guests_compute_at_once_on_two_cpus(self):
        output = self.run_dom0('''
            before=$(held)
            sum='dd if=/dev/zero bs=64k count=64 2>/dev/null | md5sum'
            for n in $(seq 8); do
                echo "$sum" | config guest$n 'memory_mib: 48'
                (lintel create -c /tmp/guest$n.cfg </dev/null >/tmp/said$n 2>&1; echo "guest $n: $?" >>/tmp/said$n) &
            done
            until_done eval '[ $(lintel list | grep -c guest) = 8 ]'
            wait
            cat /tmp/said*
            [ "$(held)" = "$before" ] && echo 'nothing is left'
        ''', '--cpus', 2, timeout=600)
        self.assertEqual(output.count(SUM), 8)
        for number in range(1, 9):
            self.assertIn(f'guest {number}: 0\n', output)
        self.assertIn('nothing is left\n', output)

    def test_four_vcpus_share_two_cpus(self):
        output = self.run_dom0('''
            config wide 'memory_mib: 96 vcpus: 4' <<'END'
for cpu in 1 2 4 8; do taskset $cpu sha256sum /bin/busybox & done; wait; grep -c ^processor /proc/cpuinfo
END
            lintel create -c /tmp/wide.cfg </dev/null; echo "status $?"
        ''', '--cpus', 2, timeout=400)
        self.assertEqual(output.count(hashlib.sha256(Path('/bin/busybox').read_bytes()).hexdigest()), 4)
        self.assertRegex(output, r'(?m)^4\r?$')
        self.assertIn('status 0\n', output)


# A guest that computes beside the one that is tested, and has to come to its end.
GOOD = '''
    echo 'dd if=/dev/zero bs=64k count=64 2>/dev/null | md5sum' | config good
    good() { lintel create -c /tmp/good.cfg </dev/null; echo "good $?"; }
'''


class Bad(DomainTest):
    def assert_good(self, output, times=1):
        self.assertEqual(output.count(SUM), times)
        self.assertEqual(output.count('good 0\n'), times)

    def test_a_console_flood_stops_nobody(self):
        output = self.run_dom0(GOOD + '''
            before=$(held)
            echo 'yes flood' | config flood
            lintel create /tmp/flood.cfg
            until_done eval "printf '\\035' | lintel console flood | grep -q flood"
            good
            lintel console flood </dev/null >/tmp/flood & attached=$!
            sleep 1
            lintel destroy flood; echo "destroyed $?"
            wait $attached; echo "its console ends $?"
            [ $(wc -c </tmp/flood) -gt 1000 ] && echo 'it was heard'
            [ "$(held)" = "$before" ] && echo 'nothing is left'
        ''', timeout=400)
        self.assert_good(output)
        for line in ('destroyed 0', 'its console ends 66', 'it was heard', 'nothing is left'):
            self.assertIn(line + '\n', output)

    def test_a_busy_guest_leaves_time_to_others(self):
        output = self.run_dom0(GOOD + '''
            echo 'while :; do :; done' | config busy 'memory_mib: 64 vcpus: 2'
            lintel create /tmp/busy.cfg
            good
            lintel destroy busy; echo "destroyed $?"
        ''', timeout=400)
        self.assert_good(output)
        self.assertIn('destroyed 0\n', output)

    def test_guests_are_destroyed_while_they_boot(self):
        output = self.run_dom0('''
            before=$(held)
            echo true | config web 'memory_mib: 64 vcpus: 2'
            for pause in 0 0.01 0.05 0.1 0.2 0.4 0.8; do
                lintel create /tmp/web.cfg && sleep $pause && lintel destroy web && echo done || exit 1
            done
            [ "$(held)" = "$before" ] && echo 'nothing is left'
        ''', '--cpus', 2, timeout=400)
        self.assertEqual(output.count('done\n'), 7)
        self.assertIn('nothing is left\n', output)

    def kernels(self):
        folder = self.folder / 'kernels'
        folder.mkdir()
        for name in ('FAULTS', 'SPINS', 'EXITS'):
            (folder / name.lower()).write_bytes(getattr(tiny_kernel, name))
            (folder / f'{name.lower()}.cfg').write_text(
                f'name: "{name.lower()}"\nkernel: "{name.lower()}"\nmemory_mib: 8\n')
        return folder

    def test_a_kernel_that_faults_at_once_has_crashed(self):
        output = self.run_dom0(GOOD + '''
            before=$(held)
            for n in 1 2 3; do lintel create -c /host/faults.cfg </dev/null; echo "bad $?"; done
            [ "$(held)" = "$before" ] && echo 'nothing is left'
            good
        ''', '--add', self.kernels(), timeout=400)
        self.assertEqual(output.count('bad 65\n'), 3)
        self.assertRegex(output, 'lintel: faults has crashed: .*triple fault')
        self.assertIn('nothing is left\n', output)
        self.assert_good(output)

    def test_kernels_that_never_let_go_leave_time_to_others(self):
        """Both spin with interrupts off, one of them in VM exits; dom0 has the same CPU."""
        output = self.run_dom0(GOOD + '''
            before=$(held)
            lintel create /host/spins.cfg && lintel create /host/exits.cfg || exit 1
            good
            lintel pause spins && lintel list && lintel unpause spins; echo "paused and unpaused $?"
            lintel destroy spins && lintel destroy exits; echo "destroyed $?"
            [ "$(held)" = "$before" ] && echo 'nothing is left'
        ''', '--add', self.kernels(), timeout=400)
        self.assert_good(output)
        self.assertRegex(output, r'(?m)^spins +\d+ paused')
        self.assertRegex(output, r'(?m)^exits +\d+ (running|idle)')
        for line in ('paused and unpaused 0', 'destroyed 0', 'nothing is left'):
            self.assertIn(line + '\n', output)
