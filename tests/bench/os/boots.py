# SPDX-License-Identifier: Apache-2.0
"""Boots the machine once, runs bench-os there, and brings back what it and the hypervisor said."""

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import guest_image
from bench.command import TOP, Failure, run_machine
from images import newc

PROGRAM = TOP / 'build' / 'tests' / 'bench' / 'os' / 'bench-os'
IMAGE = TOP / 'build' / 'hypervisor' / 'lintel'
MEMORY = 512  # MiB that either kernel has


@dataclass
class Side:
    name: str
    options: tuple[str, ...]
    lintel: bool = True
    page_tables: str = ''  # of the guest that measures; none: what is booted measures


# The processor's CPUID contradicts itself about XSAVES, whereupon a native kernel gives up XSAVE altogether;
# Lintel corrects that for its guests. Without these two features it keeps XSAVE, as on silicon.
NATIVE = Side('native', ('--native', '--append', f'mem={MEMORY}M clearcpuid=xsaves,xsavec'), lintel=False)
DOM0 = Side('dom0', ('--dom0-mem', str(MEMORY)))
GUESTS = ('--dom0-mem', str(MEMORY), '--mem', str(2 * MEMORY + 128), '--guests')
DOMU = Side('domU', GUESTS, page_tables='NESTED')
SEALED = Side('sealed', GUESTS, page_tables='SEALED')

# Nothing is printed until everything is measured. Lines that begin with @ are ours.
SCRIPT = """\
#!/bin/sh
bench-os --json {options} > /tmp/result || exit 1
echo "@operations $(cat /tmp/result)"
echo "@flags $(sed -n 's/^flags[^:]*: //p' /proc/cpuinfo | head -n 1)"
echo "@memory $(awk '/^MemTotal/ {{ print $2 }}' /proc/meminfo)"
for file in /sys/devices/system/cpu/vulnerabilities/*; do echo "@weakness ${{file##*/}} $(cat $file)"; done
"""


# What dom0 runs for a guest that measures.
MAKE_GUEST = 'lintel create -c /host/bench.cfg </dev/null\n'
CONFIG = '''\
name: "bench"
kernel: "/boot/vmlinux"
ramdisk: "/host/guest.cpio"
cmdline: 'console=hvc0 quiet script="sh /measure"'
memory_mib: {memory}
page_tables: {page_tables}
'''


def guest_files(folder, script, page_tables):
    folder.mkdir()
    (folder / 'bench.cfg').write_text(CONFIG.format(memory=MEMORY, page_tables=page_tables))
    (folder / 'guest.cpio').write_bytes(guest_image.with_files(
        newc.program('bin/bench-os', PROGRAM.read_bytes()), newc.text('measure', script)))


def measure(side, only):
    """One boot: operations, flags, memory, weaknesses, and for dom0 the figures of the boot."""
    with tempfile.TemporaryDirectory(prefix='lintel-bench-') as folder:
        script, log, added = Path(folder) / 'script', Path(folder) / 'log', Path(folder) / 'host'
        work = SCRIPT.format(options=' '.join(f'--only {name}' for name in only))
        script.write_text(MAKE_GUEST if side.page_tables else work)
        options = ['--cpus', 1, '--script', script, *side.options]
        if side.page_tables:
            guest_files(added, work, side.page_tables)
            options += ['--add', added]
        if side is DOM0:
            options += ['--hv-log', log]
        found = parse(run_machine(f'of {side.name}', *options))
        if found['lintel'] != side.lintel:
            raise Failure(f'the {side.name} run was not on {"Lintel" if side.lintel else "the bare machine"}')
        return found | (boot_figures(log.read_text(errors='replace')) if side is DOM0 else {})


def parse(console):
    found = {'weaknesses': {}}
    for kind, rest in re.findall(r'^@(\w+) (.*)$', console.replace('\r', ''), re.MULTILINE):
        if kind == 'operations':
            found |= json.loads(rest)
        elif kind == 'flags':
            found['flags'] = rest.split()
        elif kind == 'memory':
            found['memory_kib'] = int(rest)
        elif kind == 'weakness':
            name, _, text = rest.partition(' ')
            found['weaknesses'][name] = text
    if missing := {'operations', 'flags', 'memory_kib'} - found.keys():
        raise Failure(f'no {" and ".join(sorted(missing))} in the output:\n{console}')
    return found


def boot_figures(log):
    """What is not in the log is None: the table says so."""
    def number(pattern):
        match = re.search(pattern, log)
        return int(match[1]) if match else None
    return {'boot': {'ticks': number(r'ticks from entry to dom0: (\d+)'),
                     'image_bytes': IMAGE.stat().st_size,
                     'memory_kib': number(r'hypervisor: (\d+) KiB')}}
