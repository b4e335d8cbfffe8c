# SPDX-License-Identifier: Apache-2.0
"""Boots dom0 and reads each vCPU's counters of exits: at the first line of its script, and around an idle time."""

import argparse
import json
import re
import tempfile
from pathlib import Path

from bench.command import Failure, run_machine
from bench.os import boots as os_boots

CPUS = (1, 2)
IDLE_SECONDS = 10

# Only the shell's own commands, as a program that starts has exits; nothing is printed until everything is measured.
SCRIPT = f"""\
read_counters() {{
    for file in /sys/hypervisor/vcpu*/exits; do
        while read -r reason count; do echo "@$1 ${{file//[!0-9]/}} $reason $count"; done <$file
    done
    read -r now idle </proc/uptime
    echo "@$1 now ${{now%.*}}${{now#*.}}"
}}
read_counters boot >/tmp/boot
sleep 2 # what the boot left to do
read_counters before >/tmp/before
sleep {IDLE_SECONDS}
read_counters after >/tmp/after
cat /tmp/boot /tmp/before /tmp/after
"""


def measure(cpus):
    """{'boot': {vcpu: {reason: exits}}, 'idle': the same for a second of doing nothing}"""
    with tempfile.TemporaryDirectory(prefix='lintel-bench-') as folder:
        script = Path(folder) / 'script'
        script.write_text(SCRIPT)
        return parse(run_machine(f'on {cpus} CPU(s)', '--cpus', cpus, '--script', script), cpus)


def parse(console, cpus):
    def counters(when):
        found = {vcpu: {} for vcpu in range(cpus)}
        for vcpu, reason, count in re.findall(rf'^@{when} (\d+) (\w+) (\d+)$', console, re.M):
            found[int(vcpu)][reason] = int(count)
        return found

    def hundredths(when):
        return int(re.search(rf'^@{when} now (\d+)$', console, re.M)[1])

    boot, before, after = map(counters, ('boot', 'before', 'after'))
    if not all(counts.get('hypercall') for counts in boot.values()):
        raise Failure(f'a vCPU without exits on {cpus} CPU(s)\n{console}')
    seconds = (hundredths('after') - hundredths('before')) / 100
    idle = {vcpu: {reason: (count - before[vcpu][reason]) / seconds for reason, count in counts.items()}
            for vcpu, counts in after.items()}
    return {'boot': boot, 'idle': idle}


def operations():
    """One run of bench-os in dom0."""
    return os_boots.measure(os_boots.DOM0, [])


def os_results(text):
    """The runs in dom0 from the file that ./dev bench os --json wrote."""
    try:
        return json.loads(Path(text).read_text())['runs']['dom0']
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not what ./dev bench os --json writes") from error
