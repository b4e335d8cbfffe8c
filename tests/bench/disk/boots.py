# SPDX-License-Identifier: Apache-2.0
"""Boots the machine, loads a RAM disk there, and brings back ticks and counters: natively, in dom0, and in a guest
whose disk dom0 serves from it."""

import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import guest_image
from bench.command import TOP, Failure, run_machine
from images import newc

PROGRAM = TOP / 'build' / 'tests' / 'bench' / 'disk' / 'bench-disk'
MEMORY = 128  # MiB of the guest
DISK = 32  # MiB
RAM_DISK = f'ramdisk_size={DISK << 10}'


@dataclass
class Load:
    name: str
    text: str
    options: str
    target: int | None = None  # ticks of one operation in a guest
    xen: int | None = None  # Xen 4.17, blkfront and blkback, on the same machine
    exit_target: float | None = None
    direct: bool = False  # a guest grants its pages instead of copying


def random(depth, write=False, operations=8000, **more):
    kind = 'write' if write else 'read'
    return Load(f'{kind}-{depth}', f'4 KiB random {kind}, depth {depth}',
                f'--depth {depth} --operations {operations}{" --write" if write else ""}', **more)


def sequential(write=False, direct=False, **more):
    kind = 'write' if write else 'read'
    return Load(f'stream-{kind}{"-direct" if direct else ""}',
                f'128 KiB sequential {kind}, depth 8{", granted pages" if direct else ""}',
                f'--sequential --block 131072 --depth 8 --operations 1000{" --write" if write else ""}',
                direct=direct, **more)


LOADS = [random(1, target=20_000, xen=53_932, operations=4000), random(8),
         random(32, target=6_500, xen=12_733, exit_target=0.2),
         random(1, True, 4000), random(8, True), random(32, True),
         sequential(target=80_000, xen=168_676), sequential(True),
         sequential(direct=True), sequential(True, direct=True)]
# What runs where the device is. A guest waits around each load, so that dom0, on the same CPU, can write down what
# was counted there until then. The names of loads are words.
WORK = '''\
mark() {{ [ -z "$waits" ] || {{ sleep 0.3; echo "@mark $*"; sleep 0.3; }}; }}
while read -r name direct options; do
    choose $direct
    before=$(requests)
    mark begin $name
    $program $options $device </dev/null >/tmp/result || exit 1
    mark end $name
    echo "@direct $name $(($(requests) - before))"
    echo "@result $name $(cat /tmp/result)"
done <<END
{loads}
END
'''
FILL = f'dd if=/dev/zero of=/dev/ram0 bs=1M count={DISK} 2>/dev/null || exit 1\n'
HERE = FILL + '''\
program=/host/bench-disk device=/dev/ram0 waits=
choose() { :; }
requests() { echo 0; }
'''
IN_GUEST = '''\
#!/bin/sh
program=bench-disk device=/dev/vda waits=1
choose() { echo $1 >/sys/module/lintel_blk/parameters/direct_bytes; }
requests() { cat /sys/block/vda/direct_requests; }
'''
NO_LENGTH = (1 << 32) - 1  # is direct
MAKE_GUEST = FILL + r'''
counters() {
    for kind in exits hypercalls; do
        while read -r what count; do echo "@count $* $kind $what $count"; done </sys/hypervisor/$kind
    done
}
lintel create -c /host/bench.cfg </dev/null | while read -r word rest; do
    echo "$word $rest"
    [ "$word" != @mark ] || counters ${rest%?}
done >/tmp/console
cat /tmp/console
'''
CONFIG = f'''\
name: "bench"
kernel: "/boot/vmlinux"
ramdisk: "/host/guest.cpio"
cmdline: 'console=hvc0 quiet script="sh /measure"'
memory_mib: {MEMORY}
disk {{ name: "vda" path: "/dev/ram0" }}
'''

PLACES = {
    'native': ('--native', '--append', RAM_DISK),
    'dom0': ('--append', RAM_DISK),
    'guest': ('--append', RAM_DISK, '--guests'),
}


def work(loads):
    return WORK.format(loads='\n'.join(f'{load.name} {1 if load.direct else NO_LENGTH} {load.options}'
                                       for load in loads))


def guest_files(folder, loads):
    (folder / 'bench.cfg').write_text(CONFIG)
    (folder / 'guest.cpio').write_bytes(guest_image.with_files(
        newc.program('bin/bench-disk', PROGRAM.read_bytes()), newc.text('measure', IN_GUEST + work(loads))))


def measure(place, loads=LOADS):
    """name of a load -> its results"""
    with tempfile.TemporaryDirectory(prefix='lintel-bench-') as folder:
        script, added = Path(folder) / 'script', Path(folder) / 'host'
        added.mkdir()
        if place == 'guest':
            guest_files(added, loads)
        else:
            shutil.copy(PROGRAM, added)
        script.write_text(MAKE_GUEST if place == 'guest' else HERE + work(loads))
        console = run_machine(f'of {place}', '--cpus', 1, '--add', added, '--script', script, *PLACES[place])
        return parse(console, loads, place == 'guest')


def parse(console, loads, in_guest=False):
    console = console.replace('\r', '')
    found = {name: json.loads(text) for name, text in re.findall(r'^@result (\S+) (.*)$', console, re.M)}
    for name, result in found.items():
        result['dom0'] = dom0_counts(console, name) if in_guest else {'exits': {}, 'hypercalls': {}}
    if missing := [load.name for load in loads if load.name not in found]:
        raise Failure(f'no {", ".join(missing)} in the output:\n{console}')
    if in_guest:
        check_ways(console, loads)
    return found


def check_ways(console, loads):
    """Requests can be granted or copied without a difference that anybody sees: the driver's own count tells."""
    direct = {name: int(count) for name, count in re.findall(r'^@direct (\S+) (\d+)$', console, re.M)}
    for load in loads:
        if (direct.get(load.name, 0) > 0) != load.direct:
            raise Failure(f'{direct.get(load.name)} direct requests in {load.name}:\n{console}')


def dom0_counts(console, name):
    """What dom0 counted while the load ran, and in the moments around it."""
    def at(when, kind):
        return {what: int(count) for what, count in
                re.findall(rf'^@count {when} {name} {kind} (\w+) (\d+)$', console, re.M)}
    counts = {kind: {what: count - at('begin', kind).get(what, 0) for what, count in at('end', kind).items()}
              for kind in ('exits', 'hypercalls')}
    if not counts['exits']:
        raise Failure(f'dom0 did not count around {name}:\n{console}')
    return counts
