# SPDX-License-Identifier: Apache-2.0
"""The driver of a guest's disk, against a backend that is made by hand and may be hostile (tests/control/disk.c)."""

import re

from . import programs
from .control import ControlTest

WAIT = 'until [ -b /dev/vda ]; do sleep 0.05; done'


class Block(ControlTest):
    def disk(self, script, *answers, mebibytes=32, made='true', **options):
        """A guest with an empty disk, which it asks for; what is left of the disk is dom0's /tmp/disk."""
        output = self.guest(f'echo a disk; {WAIT}; {script}', 'a disk', '@disk /tmp/disk', *answers,
                            before=f'truncate -s {mebibytes}M /tmp/disk && {made}', **options)
        self.assertIn('ended: state 2, reason 0', output)
        return output

    def test_what_is_written_is_read(self):
        output = self.disk('''
            cat /sys/block/vda/size /sys/block/vda/ro
            seq 1000000 | head -c 3000000 >/tmp/text
            dd if=/tmp/text of=/dev/vda bs=1M conv=fsync
            echo 3 >/proc/sys/vm/drop_caches
            head -c 3000000 /dev/vda | cmp - /tmp/text && echo the same''', after='md5sum /tmp/disk')
        self.assertIn('the same', output)

    def test_a_file_system_is_clean(self):
        if programs.collect(self.host, 'mke2fs', 'e2fsck') is None:
            self.skipTest('e2fsprogs is not installed')
        output = self.disk('''
            set -e; mount -t ext4 -o discard /dev/vda /mnt
            for n in 1 2 3 4; do head -c 1000000 /dev/urandom >/mnt/$n & done; wait
            mkdir /mnt/dir; mv /mnt/4 /mnt/dir; sync; rm /mnt/3; sync
            (cd /mnt; md5sum 1 2 dir/4) >/tmp/sums
            umount /mnt; mount -t ext4 /dev/vda /mnt
            (cd /mnt; md5sum -c /tmp/sums); umount /mnt''',
                           made='/host/mke2fs -q -t ext4 /tmp/disk', after='/host/e2fsck -fn /tmp/disk',
                           vcpus=2, machine=('--cpus', '2'))
        self.assertEqual(output.count(': OK'), 3)
        self.assertRegex(output, r'disk: \d+ reads, \d+ writes, [1-9]\d* stable, [1-9]\d* flushes, [1-9]\d* discards')
        self.assertRegex(output, r'Pass 5[^/]*\n/tmp/disk: \d+/\d+ files')

    MISCHIEF = {
        'twice': 'an answer to no request',
        'wrong-id': 'an answer to no request',
        'other-id': 'an answer to no request',
        'lap': 'impossible step in a completion ring',
        'consumed': 'impossible step in a submission ring',
        'garbage': 'impossible step in a completion ring',
    }

    def test_a_hostile_backend_is_left(self):
        """Each time the driver says what is wrong, and goes on with the next offer; no request fails.

        But for one with an unknown status, which Linux reads again. The backend looks whether it is left in time, and
        has itself replaced if it is not."""
        tricks = [*self.MISCHIEF, 'storm', 'status', 'good']
        answers = [word for trick in tricks[:-1] for word in (f'now {trick}', f'@{trick}')]
        # More requests at a time than the queue has tags.
        output = self.disk(f'''
            seq 200000 | head -c 1000000 >/dev/vda; sync; md5sum /dev/vda
            for trick in {' '.join(tricks)}; do
                echo now $trick; sleep 1; echo 3 >/proc/sys/vm/drop_caches
                for n in $(seq 24); do
                    dd if=/dev/vda of=/dev/null bs=4k skip=$n count=1 iflag=direct 2>/dev/null & done; wait
                echo $trick: $(md5sum </dev/vda); done''', *answers, mebibytes=1)
        said = re.findall(r'(?m)^now (\S+)|broke the protocol: ([^\n]*)', output)
        for trick, complaint in self.MISCHIEF.items():
            self.assertEqual(said[said.index((trick, '')) + 1], ('', complaint), trick)
        self.assertEqual(output.count('broke the protocol'), len(self.MISCHIEF))
        self.assertEqual(output.count('I/O error, dev vda'), 1)
        self.assertEqual(len(set(re.findall(r'(?:^|: )([0-9a-f]{32}) ', output, re.M))), 1)
        self.assertEqual(len(re.findall(r': [0-9a-f]{32} ', output)), len(tricks))

    def test_impossible_offers_get_no_answer(self):
        output = self.disk('''
            md5sum /dev/vda; echo make offers; sleep 6
            echo 3 >/proc/sys/vm/drop_caches; md5sum /dev/vda
            cat /sys/bus/lintel/devices/lintel3/generation; dmesg | grep of.the.backend''',
                           'make offers', '@offers', mebibytes=1)
        sums = re.findall(r'([0-9a-f]{32})  /dev/vda', output)
        self.assertEqual(len(sums), 2)
        self.assertEqual(*sums)
        self.assertRegex(output, r'(?m)^22$')  # the first, 20 bad ones, the last
        for complaint in ('impossible number of queues', 'impossible size of sectors', 'error -1', 'error -2'):
            self.assertIn(f'of the backend: {complaint}\n', output)

    def test_a_version_that_the_guest_does_not_know_is_left_alone(self):
        output = self.guest('''
            cd /sys/bus/lintel/devices; echo a disk
            until [ -e lintel3 ]; do sleep 0.05; done; sleep 1
            echo device: $(cat lintel3/class lintel3/frontend_state lintel3/backend_state lintel3/generation)
            ls /dev/vda lintel3/driver; echo over''', 'a disk', '@strange-disk /tmp/disk',
                            before='truncate -s 1M /tmp/disk')
        self.assertRegex(output, r'(?m)^device: block absent ready 1$')
        self.assertEqual(output.count('No such file'), 2)
        self.assertIn('over\n', output)
        self.assertIn('ended: state 2, reason 0', output)

    def test_a_silent_backend_does_not_keep_a_disk(self):
        output = self.disk('''
            echo be silent; sleep 1; dd if=/dev/zero of=/dev/vda bs=64k count=8 conv=notrunc,fsync &
            sleep 1; echo take it away
            for n in $(seq 600); do [ -e /sys/block/vda ] || break; sleep 0.1; done
            [ ! -e /sys/block/vda ] || { echo it stays; poweroff -nf; }; wait
            echo gone after $(cut -d. -f1 /proc/uptime)
            echo another; until [ -b /dev/vda ]; do sleep 0.1; done; md5sum /dev/vda''',
                           'be silent', '@silent', 'take it away', '@remove', 'another', '@disk /tmp/disk', mebibytes=1)
        self.assertNotIn('it stays', output)
        self.assertRegex(output, r'dd: .*(I/O|Input/output) error')
        self.assertLess(int(re.search(r'gone after (\d+)', output)[1]), 60)
        self.assertRegex(output, r'[0-9a-f]{32}  /dev/vda')

    # 64 pages of the disk, without the page cache: a direct request.
    HALF = """echo 4096 >/sys/module/lintel_blk/parameters/direct_bytes
            half() { dd if=/dev/vda bs=256k skip=$1 count=1 iflag=direct 2>/dev/null; }"""

    def test_pages_that_a_backend_keeps_are_waited_for(self):
        """It answers before it has read, or not at all, and is replaced while a process of it has the pages still. The
        request is not over, nor submitted again, until that process is killed; others go on."""
        output = self.disk(f'''
            {self.HALF}
            seq 99999 | head -c 524288 >/tmp/text; dd if=/tmp/text of=/dev/vda bs=256k conv=fsync
            for how in answered unanswered; do
                echo keep $how; sleep 1; half 0 >/tmp/0 & sleep 2
                echo now $how; sleep 1; half 1 >/tmp/1
                kill -0 $! && echo $how waits
                echo let go; wait; cat /tmp/0 /tmp/1 | cmp - /tmp/text && echo $how right; done
            echo $(cat /sys/block/vda/direct_requests) direct''',
                           'keep answered', '@keep', 'now answered', '@', 'let go', '@kill',
                           'keep unanswered', '@keep-silently', 'now unanswered', '@replace', 'let go', '@kill',
                           mebibytes=1)
        said = re.findall(r'(?m)^(?:un)?answered (?:waits|right)$', output)
        self.assertEqual(said, ['answered waits', 'answered right', 'unanswered waits', 'unanswered right'])
        self.assertGreaterEqual(int(re.search(r'(?m)^(\d+) direct', output)[1]), 5)
        self.assertNotRegex(output, r'I/O error, dev vda')

    def test_pages_that_a_backend_keeps_do_not_keep_a_disk(self):
        """All that can be had of the grant table, to the last entry, and the rings are kept when the disk goes: its
        requests fail, another disk comes and works by its pool, and the table is there again when those who keep it
        are killed."""
        output = self.disk(f'''
            {self.HALF}
            D=/sys/block/vda/direct_requests; >/tmp/failed; echo keep; sleep 1
            for n in 64 64 64 64 64 64 64 32 16 8 4 2 1; do
                dd if=/dev/vda of=/dev/null bs=$((4 * n))k count=1 iflag=direct || echo $n >>/tmp/failed &
                sleep 0.2; done
            kept=$(cat $D); echo take it away
            while [ -e /sys/block/vda ]; do sleep 0.1; done; wait
            echo $(wc -l </tmp/failed) of $kept failed
            echo another; for n in $(seq 100); do [ -b /dev/vda ] && break; sleep 0.1; done
            b=$(cat $D); half 0 | md5sum; echo $(($(cat $D) - b)) direct
            echo let go; sleep 3; half 0 | md5sum; echo $(($(cat $D) - b)) direct again''',
                           'keep', '@keep', 'take it away', '@remove', 'another', '@disk /tmp/disk', 'let go', '@kill',
                           mebibytes=1, made='seq 99999 | head -c 262144 >/tmp/half; md5sum </tmp/half; '
                                             'dd if=/tmp/half of=/tmp/disk conv=notrunc')
        failed, kept = map(int, re.search(r'(?m)^(\d+) of (\d+) failed', output).groups())
        self.assertEqual(failed, kept)
        self.assertGreaterEqual(kept, 8)
        sums = re.findall(r'([0-9a-f]{32})  -', output)
        self.assertEqual(sums, 3 * sums[:1])
        self.assertEqual(re.findall(r'(?m)^(\d+) (direct.*)', output), [('0', 'direct'), ('1', 'direct again')])

    def test_requests_outlive_their_backend(self):
        """One that takes nothing is replaced, pool and all, while requests wait; the next has a larger disk; then it is
        unplugged. All grants are taken back in the end."""
        output = self.disk('''
            seq 300000 | head -c 1900000 >/tmp/text
            echo be silent; sleep 1
            for n in 0 1 2 3; do dd if=/tmp/text of=/dev/vda bs=500k skip=$n seek=$n count=1 conv=fsync,notrunc & done
            sleep 1; jobs; echo come back; wait
            echo 3 >/proc/sys/vm/drop_caches
            head -c 1900000 /dev/vda | cmp - /tmp/text && echo the same
            echo grow
            until [ $(cat /sys/block/vda/size) = 8192 ]; do sleep 0.1; done
            dd if=/tmp/text of=/dev/vda bs=1k seek=2048 conv=fsync,notrunc && echo larger
            echo take it away; exec 3</dev/vda
            while [ -e /sys/block/vda ]; do sleep 0.1; done; ls /dev/vda
            head -c 1 <&3 | wc -c; exec 3<&-; echo it is gone
            echo another; until [ -b /dev/vda ]; do sleep 0.1; done
            head -c 1900000 /dev/vda | cmp - /tmp/text && echo the same again''',
                           'be silent', '@silent', 'come back', '@replace-pool', 'grow', '@resize /tmp/disk 4194304',
                           'take it away', '@remove', 'another', '@disk /tmp/disk', mebibytes=2,
                           after='sleep 3; control grants')
        self.assertIn('Running', output)
        self.assertRegex(output, r'the same\n(.*\n)*larger\n(.*\n)*it is gone\n(.*\n)*the same again\n')
        self.assertNotRegex(output, r'I/O error, dev vda')
