# SPDX-License-Identifier: Apache-2.0
"""Boots dom0 once, lets it make and end guests, and brings back the ticks that took and the memory it needed."""

import json
import re
import shutil
import tempfile
from pathlib import Path

from bench import guest_image
from bench.command import TOP, Failure, run_machine
from images import newc

STAMP = TOP / 'build' / 'tests' / 'bench' / 'domain' / 'stamp'
MEMORY = 128  # MiB of a guest

CONFIG = f'''\
name: "bench"
kernel: "/boot/vmlinux"
ramdisk: "/host/guest.cpio"
cmdline: "console=hvc0 quiet"
memory_mib: {MEMORY}
'''

# Lines that begin with @ are ours. A guest is made when the hypervisor has erased what earlier ones have left:
# waiting for that is not part of making one.
SCRIPT = '''\
clean() {{
    for try in $(seq 100); do
        lintel info --json | grep -q '"dirty_frames":0,' && return
        sleep 0.1
    done
    echo 'frames stay dirty'; exit 1
}}
figures() {{ echo "@$1 $(lintel info --json)"; echo "@dom0 $(lintel info dom0 --json)"; }}
now() {{ echo "@$1"; /host/stamp; }}
clean
lintel create --paused /host/bench.cfg && lintel destroy bench || exit 1 # the kernel's file is in dom0's cache now
for run in $(seq {runs}); do
    clean
    figures before
    now begin; lintel create --paused /host/bench.cfg || exit 1; now created
    figures during; echo "@guest $(lintel info bench --json)"
    now destroy; lintel destroy bench || exit 1; now destroyed
    figures after
    clean
    now boot; lintel create -c /host/bench.cfg </dev/null || exit 1
    now nothing; now end
done
grep 'made within' /run/linteld.log | sed 's/^/@log /'
'''

FIGURES = ('begin', 'created', 'destroy', 'destroyed', 'boot', 'nothing', 'end')


def measure(runs):
    with tempfile.TemporaryDirectory(prefix='lintel-bench-') as folder:
        script, added = Path(folder) / 'script', Path(folder) / 'host'
        script.write_text(SCRIPT.format(runs=runs))
        added.mkdir()
        shutil.copy(STAMP, added)
        (added / 'bench.cfg').write_text(CONFIG)
        (added / 'guest.cpio').write_bytes(guest_image.with_files(newc.program('init', STAMP.read_bytes())))
        return parse(run_machine('of guests', '--cpus', 1, '--guests', '--add', added, '--script', script), runs)


def parse(console, runs):
    """[{'create': ticks from linteld's receipt to its answer, ...}] by run."""
    lines = [line.strip() for line in console.replace('\r', '').splitlines() if line.startswith('@')]
    khz = [json.loads(line.partition(' ')[2])['tsc_khz'] for line in lines if line.startswith('@before ')]
    made = [int(us) for us in re.findall(r'^@log .* bench: .* made within (\d+) us', '\n'.join(lines), re.M)][1:]
    parts, now = [], None
    for line in lines:
        word, _, rest = line[1:].partition(' ')
        if word == 'before':
            parts.append({})
        if word in ('before', 'during', 'after', 'guest'):
            parts[-1][word] = json.loads(rest)
            now = word
        elif word == 'dom0':
            parts[-1][now]['dom0'] = json.loads(rest)
        elif word in FIGURES:
            now = word
        elif word == 'ticks':
            parts[-1].setdefault(now, []).append(int(rest))
    complete = all(len(part.get('boot', [])) == 2 and 'after' in part and 'end' in part for part in parts)
    if len(parts) != runs or len(made) != 2 * runs or not complete:
        raise Failure(f'{len(parts)} of {runs} runs in the output:\n{console}')
    return [figures(part, us * khz[0] // 1000) for part, us in zip(parts, made[::2])]


def figures(part, create):
    def frames(when):
        return part[when]['hypervisor_frames'] - int(part[when]['dom0']['table_bytes']) // 4096
    part = {name: value for name, value in part.items()}
    for when in ('before', 'during', 'after'):
        part[when] = {name: int(value) if str(value).isdigit() else value for name, value in part[when].items()}
    return {
        'create': create,
        'create_command': part['created'][0] - part['begin'][0],
        'user': part['boot'][1] - part['boot'][0],
        'destroy_command': part['destroyed'][0] - part['destroy'][0],
        'clock': part['end'][0] - part['nothing'][0],
        'state_kib': (frames('during') - frames('before')) * 4 - int(part['guest']['table_bytes']) // 1024,
        'ept_kib': int(part['guest']['table_bytes']) // 1024,
        'lost_frames': part['before']['free_frames'] - part['after']['free_frames'],
    }
