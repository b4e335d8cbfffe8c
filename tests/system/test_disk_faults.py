# SPDX-License-Identifier: Apache-2.0
"""Disks on media that fail, fill up and are slow, and guests that end while they write."""

import re

from .disk_faults import DiskFaultsTest

FULL = r'''
there vda
seq 1 20000 | head -c 65536 >/tmp/block
write() {
    if dd if=/tmp/block of=/dev/vda bs=64k seek=$1 conv=notrunc oflag=direct 2>/tmp/error
    then echo "wrote $1"
    else echo "not $1: $(grep -o 'No space left\|I/O error\|Input/output error' /tmp/error)"
    fi
}
same() {
    echo 3 >/proc/sys/vm/drop_caches
    dd if=/dev/vda bs=64k skip=$1 count=1 2>/dev/null | cmp - /tmp/block && echo "same $1"
}
for n in $(seq 0 90); do write $n; done
echo full
write 6; same 0; same 6
there vdb
for n in 70 90; do write $n; same $n; done
'''

BAD = r'''
there vda
head -c 4194304 /dev/urandom >/tmp/data
dd if=/tmp/data of=/dev/vda bs=64k conv=fsync 2>/dev/null && echo filled
there vdb
echo 3 >/proc/sys/vm/drop_caches
good=0 bad=0
for n in $(seq 0 63); do
    dd if=/tmp/data of=/tmp/want bs=64k skip=$n count=1 2>/dev/null
    if dd if=/dev/vda of=/tmp/got bs=64k skip=$n count=1 2>/dev/null && [ "$(wc -c </tmp/got)" = 65536 ]
    then cmp /tmp/got /tmp/want && good=$((good + 1)) && last=$n
    else bad=$((bad + 1)); first=${first:-$n}
    fi
done
echo "good $good, bad $bad"
dd if=/tmp/want of=/dev/vda bs=64k seek=$first conv=notrunc,fsync 2>/dev/null || echo "not written $first"
dd if=/tmp/want of=/dev/vda bs=64k seek=0 conv=notrunc,fsync 2>/dev/null && echo written 0
there vdc
dd if=/tmp/data of=/dev/vda bs=64k conv=notrunc,fsync 2>/dev/null && echo written again
echo 3 >/proc/sys/vm/drop_caches
head -c 4194304 /dev/vda | cmp - /tmp/data && echo it is whole
'''

LIMITS = r'''
there vda vdb vdc vdd
timed() {
    /host/fio --name=timed --filename=$1 --rw=randread --bs=$2 --io_size=$3 --size=1M --ioengine=libaio --iodepth=8 \
        --direct=1 --thread | sed -n "s,.*READ: .*run=\([0-9]*\)-.*,$1 took \1 ms,p"
}
timed /dev/vda 4k 1200k
timed /dev/vdb 64k 4M
dd if=/dev/urandom of=/dev/vdc bs=64k count=32 conv=fsync 2>/dev/null
echo filled; sleep 3
blkdiscard -o 1048576 -l 1048576 /dev/vdc && echo discarded; sleep 3
head -c 4096 /dev/urandom >/tmp/block
echo flushes begin; sleep 3
for n in $(seq 20); do dd if=/tmp/block of=/dev/vdd bs=4k seek=$n conv=notrunc,fsync 2>/dev/null; done
echo flushes end; sleep 3
/host/fio --name=stable --filename=/dev/vdd --rw=write --bs=4k --size=80k --ioengine=libaio --direct=1 --sync=dsync \
    --thread >/tmp/fio 2>&1 || cat /tmp/fio
echo stable writes end; sleep 3
dd if=/tmp/block of=/dev/vdd bs=4k count=1 seek=100 oflag=direct conv=notrunc 2>/dev/null
echo other writes end; sleep 3
'''


class DiskFaults(DiskFaultsTest):
    def test_media_that_fail_fill_up_and_are_slow(self):
        """One guest after the other, in one dom0."""
        output = self.run_dom0(f'''
            mkdir /small /real
            truncate -s 1M /tmp/one; truncate -s 1M /tmp/two
            before=$(held)

            echo '-- full'
            mount -t tmpfs -o size=4M tmpfs /small; truncate -s 8M /small/image
            work full "memory_mib: 64 $(disk vda /small/image)"
            begin full
            await full
            await 'same 6'
            mount -o remount,size=16M /small
            lintel disk attach full vdb /tmp/one
            finish

            echo '-- bad'
            truncate -s 8M /tmp/base; losetup /dev/loop0 /tmp/base
            /host/mke2fs -q -t ext4 -O ^has_journal -m 0 /dev/loop0 && mount -t ext4 /dev/loop0 /real || exit 1
            truncate -s 4M /real/image
            work bad "memory_mib: 64 $(disk vda /real/image)"
            begin bad
            await filled
            truncate -s 4M /tmp/base; losetup -c /dev/loop0
            lintel disk attach bad vdb /tmp/one
            await 'written 0'
            truncate -s 8M /tmp/base; losetup -c /dev/loop0
            lintel disk attach bad vdc /tmp/two
            finish

            echo '-- limits'
            for name in ops bytes holes base; do truncate -s 4M /tmp/$name.img; done
            losetup /dev/loop1 /tmp/base.img
            allocated() {{ echo "$1 $(stat -c %b /tmp/holes.img)"; }}
            flushed() {{ # flushes of the medium, and flushes, stable writes and writes of the guest
                set -- "$1" $(cat /sys/block/loop1/stat)
                lintel disk list --json | sed 's/.*"vdd"//' >/tmp/vdd
                of() {{ sed -n "s/.*\\"$1\\":$2\\([0-9]*\\).*/\\1/p" /tmp/vdd; }}
                echo "$1: ${{17}} of $(of flush '{{"requests":') $(of fua) $(of write '{{"requests":')"
            }}
            work limits "memory_mib: 64 $(disk vda /tmp/ops.img 'limits {{ operations_per_second: 100 }}')
                $(disk vdb /tmp/bytes.img 'limits {{ bytes_per_second: 1048576 }}') $(disk vdc /tmp/holes.img)
                $(disk vdd /dev/loop1)"
            begin limits
            await filled
            allocated filled
            await discarded
            allocated discarded
            await 'flushes begin'
            flushed before
            await 'flushes end'
            lintel disk list --json
            flushed after
            await 'stable writes end'
            flushed stable
            await 'other writes end'
            flushed other
            finish
            until_done eval '[ "$(held)" = "$before" ]' && echo 'all is given back'
        ''', '--add', self.collect(full=FULL, bad=BAD, limits=LIMITS), timeout=900)
        _, full, bad, limits = output.split('-- ')
        self.check_full(full)
        self.check_bad(bad)
        self.check_limits(limits)
        self.assertIn('all is given back', output)

    def check_full(self, output):
        wrote = set(map(int, re.findall(r'wrote (\d+)', output)))
        refused = dict(re.findall(r'not (\d+): (.*)', output))
        self.assertGreater(len(refused), 5)
        self.assertEqual(set(refused.values()), {'No space left'})
        self.assertGreater(min(map(int, refused)), 2)
        for number in (0, 6):  # what has its space goes on
            self.assertIn(number, wrote)
            self.assertIn(f'same {number}\n', output)
        for number in (70, 90):  # and all does when there is space again
            self.assertIn(number, wrote)
            self.assertIn(f'same {number}\n', output)

    def check_bad(self, output):
        good, bad = map(int, re.search(r'good (\d+), bad (\d+)', output).groups())
        self.assertEqual(good + bad, 64)  # none had other content
        self.assertGreater(good, 8)
        self.assertGreater(bad, 8)
        for line in ('not written', 'written 0', 'written again', 'it is whole', 'ended 0'):
            self.assertIn(line, output)

    def check_limits(self, output):
        def took(disk):
            return int(re.search(rf'/dev/{disk} took (\d+) ms', output)[1])

        # 300 operations at 100 a second, 4 MiB at 1 MiB a second, but for a tenth of a second's worth.
        self.assertTrue(2800 <= took('vda') <= 3400, took('vda'))
        self.assertTrue(3800 <= took('vdb') <= 4500, took('vdb'))
        blocks = dict(re.findall(r'(?m)^(filled|discarded) (\d+)', output))
        self.assertEqual(int(blocks['filled']) - int(blocks['discarded']), 2048)
        before, after, stable, other = (
            tuple(map(int, figures)) for figures in
            re.findall(r'(?m)^(?:before|after|stable|other): (\d+) of (\d+) (\d+) (\d+)$', output))

        def more(old, new):
            return [end - begin for begin, end in zip(old, new)]

        medium, flushes, fua, _ = more(before, after)
        self.assertGreaterEqual(flushes, 20)
        self.assertGreaterEqual(medium, flushes)
        self.assertEqual(fua, 0)
        # Stable writes are no flushes of the guest; this medium knows nothing but flushes.
        self.assertEqual(more(after, stable), [20, 0, 20, 20])
        self.assertEqual(more(stable, other), [0, 0, 0, 1])

    def test_what_was_synced_is_there_when_the_guest_ends_in_mid_write(self):
        self.synced_survives(rounds=2)
