# SPDX-License-Identifier: Apache-2.0
"""What tests of disks that lintel-block serves have in common: a shell's words for dom0, and scripts for guests."""

from bench import guest_image

from . import programs
from .domains import DomainTest

# disk NAME PATH [MORE FIELDS]: a block of a configuration.
# begin NAME: makes the guest; go_on NAME: looks at its console again. Both in the background.
# said TEXT: whether the guest's console, in /tmp/said, has shown it.
SHELL = r'''
disk() { printf 'disk { name: "%s" path: "%s" %s }' "$1" "$2" "$3"; }
begin() { : >/tmp/said; (lintel create -c /tmp/$1.cfg </dev/null >>/tmp/said 2>&1; echo "ended $?" >>/tmp/said) & }
go_on() { (lintel console $1 </dev/null >>/tmp/said 2>&1; echo "ended $?" >>/tmp/said) & }
said() { grep -q "$1" /tmp/said; }
backend() { lintel disk list --json | grep -o '"pid":[0-9]*' | cut -d: -f2; }
restarts() { lintel disk list --json | grep -o '"restarts":[0-9]*' | cut -d: -f2; }
has_backend() { # and the guest is connected to it
    [ "$(backend)" -gt 0 ] && lintel disk list | grep -q connected
}
# work NAME [MORE LINES]: a configuration whose guest runs /host/NAME of DiskTest.collect().
work() {
    echo "sh /host/$1" | config $1 "$2"
    sed -i 's,/boot/guest.cpio.gz,/host/guest.cpio,' /tmp/$1.cfg
}
connected() { [ "$(lintel disk list | grep -c connected)" = "$1" ]; } # so many disks
await() { # until the guest has said it, after some minutes at the most
    for try in $(seq 600); do said "$1" && return; sleep 0.5; done
    echo "in vain: the guest does not say $1"
}
finish() { # the guest's life takes longer than until_done waits
    for try in $(seq 100); do said 'ended 0' && break; sleep 1; done
    cat /tmp/said
}
'''

WAIT = 'until [ -b /dev/vda ]; do sleep 0.1; done'  # what begins every guest's script


def one_line(script):
    """A kernel's command line has but one, and this one no quotes."""
    lines = [line.strip() for line in [WAIT, *script.strip().splitlines()]]
    text = '; '.join(lines)
    assert len(text) < 1900 and not set(text) & set('\'"'), text
    return text.replace(' do; ', ' do ')


class DiskTest(DomainTest):
    def run_dom0(self, script, *options, timeout=600, **more):
        return super().run_dom0(SHELL + script, *options, timeout=timeout, **more).replace('\r', '')

    def collect(self, **scripts):
        """What dom0 sees as /host: e2fsprogs, fio, and a root file system for guests that has these and the scripts,
        all below /host, too."""
        added, inside = self.folder / 'added', self.folder / 'inside'
        if programs.collect(added, 'mke2fs', 'e2fsck') is None or programs.fio(inside) is None:
            self.skipTest('e2fsprogs or fio is not installed; run ./dev setup')
        programs.collect(inside, 'mke2fs')
        for name, text in scripts.items():
            (inside / name).write_text(WORDS + text)
        (added / 'guest.cpio').write_bytes(guest_image.with_files(*programs.archive(inside)))
        return added


# For guests' scripts. verify FILE MEBIBYTES LEAST [MORE OPTIONS]: writes blocks from that size on at random places,
# with a flush after some, and reads all of them; one that takes longer than half a minute is an error.
WORDS = r'''
there() { for disk in "$@"; do until [ -b /dev/$disk ]; do sleep 0.1; done; done; }
verify() {
    file=$1 size=$2 least=$3; shift 3
    if /host/fio --name=verify --filename=$file --size=${size}M --rw=randwrite --bsrange=$least-128k --fsync=20 \
        --ioengine=libaio --iodepth=16 --direct=1 --verify=crc32c --verify_fatal=1 --max_latency=30s --thread \
        "$@" >/tmp/fio 2>&1
    then echo "verified $file"; verified=$((verified + 1))
    else cat /tmp/fio; echo "$file is not as it was written"; spoilt=$((spoilt + 1))
    fi
}
'''
