# SPDX-License-Identifier: Apache-2.0
"""Guests whose memory management is beaten: by vmrandom (tests/vmrandom) with swap, and by stress-ng."""

import re
import shutil
import subprocess

from bench import guest_image
from images import newc
from machine.options import TOP

from . import programs, stress
from .booted import TROUBLE
from .domains import DomainTest

PROGRAM = TOP / 'build' / 'tests' / 'vmrandom' / 'vmrandom'

# Who writes a guest's page tables, as its configuration says it. Results have to be the same for all.
PAGE_TABLES = ('NESTED', 'SEALED')
# Those, and with a hypervisor that looks for stores and entries that are no command's.
CHECKED = (*PAGE_TABLES, 'SEALED_CHECKED')
FINDINGS = r'no command stores|: (a store|a page walk\'s store) to'

CONFIG = '''\
name: "beaten"
kernel: "/boot/vmlinux"
ramdisk: "/host/guest.cpio"
cmdline: 'console=hvc0 quiet {words} script="sh /beat"'
memory_mib: {memory}
vcpus: {vcpus}
page_tables: {page_tables}
'''

# Swap that is memory, compressed; huge pages where nobody asked for them, and looked for often; on /mnt a file system
# that writes back what was changed through mappings.
PREPARE = '''\
echo 48M >/sys/block/zram0/disksize
mkswap /dev/zram0 >/dev/null && swapon /dev/zram0 || exit 1
cd /sys/kernel/mm/transparent_hugepage && echo always >enabled && echo 100 >khugepaged/scan_sleep_millisecs || exit 1
number=$(cat /sys/class/zram-control/hot_add) && echo 16M >/sys/block/zram$number/disksize || exit 1
mke2fs -F -b 4096 /dev/zram$number >/dev/null && mount -t ext4 /dev/zram$number /mnt || exit 1
'''

# A line that begins with @ for each figure; the kernel's messages; last how it ended.
FINISH = '''\
status=$?
sed 's/^/@/' /proc/vmstat
dmesg
echo "@status $status"
'''


class MemoryTest(DomainTest):
    def beat_guest(self, work, *files, page_tables, vcpus, cpus, timeout, memory=128, words='', machine=(),
                   forgiven=None):
        """What a guest's console shows after `work`, a shell script, succeeded; and /proc/vmstat as a dictionary.

        `forgiven` is a pattern of trouble that it may tell of."""
        added = self.folder / f'host-{page_tables}'
        added.mkdir()
        (added / 'guest.cfg').write_text(CONFIG.format(
            vcpus=vcpus, page_tables=page_tables, memory=memory, words=words))
        (added / 'guest.cpio').write_bytes(guest_image.with_files(
            *files, newc.text('beat', PREPARE + work + FINISH)))
        output = self.run_dom0('lintel create -c /host/guest.cfg </dev/null || exit 1; lintel dmesg', '--add', added,
                               '--cpus', cpus, *machine, timeout=timeout)
        shutil.rmtree(added)
        self.assertRegex(output, r'(?m)^@status 0\r?$')
        self.assertNotRegex(re.sub(forgiven, '', output) if forgiven else output, TROUBLE)
        self.assertNotRegex(output, FINDINGS)
        if page_tables != 'NESTED':
            self.assertIn('page tables sealed', output)
        return output, {name: int(value) for name, value in re.findall(r'(?m)^@(\w+) (\d+)\r?$', output)}

    def vmrandom(self, runs, **guest):
        """The digests of runs, each given as options."""
        work = 'true' + ''.join(f' &&\nvmrandom {options}' for options in runs) + '\n'
        output, figures = self.beat_guest(work, newc.program('bin/vmrandom', PROGRAM.read_bytes()), **guest)
        digests = re.findall(r'(?m)^digest (\w{16})\r?$', output)
        self.assertEqual(len(digests), len(runs), output)
        self.assertIn('each process has a segment', output)
        for name in ('pswpin', 'pswpout', 'thp_fault_alloc', 'thp_split_pmd'):
            self.assertGreater(figures[name], 0, name) # else it was not about them
        return digests

    def vmrandom_as_on_the_host(self, runs, **guest):
        """The same runs give the digests that they have on the host, whose kernel is under no Lintel."""
        expected = []
        for options in runs:
            words = re.sub(r'--directory \S+', f'--directory {self.folder}', options).split()
            done = subprocess.run([PROGRAM, *words], check=True, stdout=subprocess.PIPE, text=True)
            expected.append(done.stdout.split()[-1])
        self.assertEqual(self.vmrandom(runs, **guest), expected)

    def vmrandom_everywhere(self, runs, kinds=PAGE_TABLES, **guest):
        """The same runs with all these kinds of page tables give the same digests."""
        seen = {page_tables: self.vmrandom(runs, page_tables=page_tables, **guest) for page_tables in kinds}
        self.assertEqual(len({tuple(digests) for digests in seen.values()}), 1, seen)

    def stress(self, stressors, *, workers, sizes='', **guest):
        """stress-ng's stressors, one after the other, with every kind of page tables."""
        added = programs.collect(self.folder / 'stress', 'stress-ng')
        if added is None:
            self.skipTest('stress-ng is not installed; run ./dev setup')
        files = list(newc.tree(added, 'host'))
        for page_tables in PAGE_TABLES:
            output, _ = self.beat_guest(stress.script(stressors, True, workers, sizes), *files, page_tables=page_tables,
                                        **guest)
            self.assertEqual(output.count('successful run completed'), len(stressors), output)
