# SPDX-License-Identifier: Apache-2.0
"""A guest that seals its page tables, seen from dom0: it does what others do, and its kernel's figures tell how."""

import re

from .domains import DomainTest

# On one line and without quotes, as it goes through a kernel's command line.
FORKS = 'i=0; while [ $i -lt 30 ]; do i=$((i + 1)); (true); /bin/true; done; echo forked $i'
FILES = ('dd if=/dev/zero of=/tmp/file bs=64k count=128 2>/dev/null; cp /tmp/file /tmp/copy; '
         'cmp /tmp/file /tmp/copy && echo same; rm /tmp/file /tmp/copy')
MEMORY = 'seq 40000 | sort -rn | tail -n 1 | sed s/^/least=/'
CROWD = ('i=0; while [ $i -lt 8 ]; do i=$((i + 1)); { seq 4000 | sort -rn | tail -n 1; } & done; wait; '
         'echo crowd')
# A processor that stops and is started on the sealed tables.
RESTART = ('cd /sys/devices/system/cpu/cpu1 && echo 0 >online && echo 1 >online; '
           'grep -c ^processor /proc/cpuinfo | sed s/^/processors=/')
FIGURES = 'cat /sys/hypervisor/seal'


class Sealed(DomainTest):
    def run_guest(self, *commands, lines='page_tables: SEALED', words=''):
        """What the guest's console had, and then `status` with its exit status."""
        fields = f'memory_mib: 128\n{lines}'
        return self.run_dom0(f'''
            echo '{'; '.join(commands)}' | config sealed '{fields}'
            sed -i 's/console=hvc0 quiet/console=hvc0 loglevel=7 {words}/' /tmp/sealed.cfg
            lintel create -c /tmp/sealed.cfg </dev/null; echo "status $?"
            lintel dmesg | tail -n 5
        ''')

    def assert_worked(self, output):
        for line in ('forked 30', 'same', 'least=1', 'crowd', 'sealed 1', 'status 0'):
            self.assertRegex(output, rf'(?m)^{line}\r?$')
        self.assertIn('Lintel: page tables are sealed', output)
        self.assertNotRegex(output, r'BUG:|WARNING: CPU|Oops|panic|refused:')

    def figures(self, output):
        return {name: int(number) for name, number in re.findall(r'(?m)^(\w+) (\d+)\r?$', output)}

    def test_it_forks_executes_and_maps(self):
        output = self.run_guest(FORKS, FILES, MEMORY, CROWD, FIGURES)
        self.assert_worked(output)
        figures = self.figures(output)
        self.assertGreater(figures['exchanges'], 1000)
        self.assertGreater(figures['commands'], 4 * figures['batches'])
        self.assertEqual(sum(number for name, number in figures.items() if name.startswith('batch_of_')),
                         figures['batches'])

    def test_so_it_does_with_two_processors_and_without_page_table_isolation(self):
        output = self.run_guest(FORKS, RESTART, FILES, MEMORY, CROWD, FIGURES, words='pti=off',
                                lines='page_tables: SEALED\nvcpus: 2')
        self.assert_worked(output)
        self.assertRegex(output, r'(?m)^processors=2\r?$')

    def test_another_keeps_its_tables_with_the_same_kernel(self):
        output = self.run_guest(FORKS, FIGURES, lines='page_tables: NESTED')
        self.assertRegex(output, r'(?m)^forked 30\r?$')
        self.assertEqual({number for number in self.figures(output).values()} - {30}, {0})
