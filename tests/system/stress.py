# SPDX-License-Identifier: Apache-2.0
"""stress-ng for dom0: Debian's program with the libraries it is linked to, and the work it is given."""

import re
import shutil
import subprocess

# Work that goes through what Lintel touches: address spaces, faults, processes, signals, timers, context switches.
# Counted in operations, since seconds of an emulated machine say little.
# The CPU stressor's other methods use instructions that the emulated processor announces and does not have.
SHORT = {'fork': 50, 'vm': 100, 'pipe': 2000, 'timer': 500, 'switch': 1000, 'mmap': 5, 'cpu': 20}

# About ten minutes of the host's time.
LONG = {
    'vm': 600, 'vm-segv': 60, 'munmap': 80000, 'madvise': 12, 'fault': 20000, 'mlock': 15000,
    'fork': 1500, 'vfork': 8000, 'clone': 60, 'daemon': 1500, 'zombie': 1500,
    'signal': 300000, 'sigq': 200000, 'sigsegv': 300000, 'sigfpe': 200000, 'sigpending': 250000,
    'sigsuspend': 200000, 'sigrt': 120000, 'sigtrap': 400000,
    'timer': 150000, 'timerfd': 200000, 'itimer': 3500, 'nanosleep': 15000, 'clock': 25000, 'hrtimers': 300000,
    'alarm': 80000, 'switch': 200000, 'pipe': 200000,
}


def collect(folder):
    """Fills `folder`, which dom0 sees as /host; /host/stress-ng starts it. None without the program."""
    program = shutil.which('stress-ng')
    if program is None:
        return None
    libraries = folder / 'lib'
    libraries.mkdir(parents=True)
    shutil.copy(program, folder / 'stress-ng.bin')
    listed = subprocess.run(['ldd', program], check=True, capture_output=True, text=True).stdout
    for path in re.findall(r'(/\S+) \(0x', listed):
        shutil.copy(path, libraries)  # follows links: dom0 needs the name that the program asks for
    start = folder / 'stress-ng'
    start.write_text('#!/bin/sh\nexec /host/lib/ld-linux-x86-64.so.2 --library-path /host/lib '
                     '/host/stress-ng.bin "$@"\n')
    start.chmod(0o755)
    return folder


def script(stressors, one_by_one):
    """What dom0 runs: all stressors at once, or each after the other; stops at the first that fails."""
    common = '--verify --temp-path /tmp --vm-bytes 16m --mmap-bytes 4m -t 0 --cpu-method int64'
    words = [f'--{name} 1 --{name}-ops {count}' for name, count in stressors.items()]
    runs = words if one_by_one else [' '.join(words)]
    return 'cd /tmp\n' + '\n'.join(f'/host/stress-ng {common} {run} || exit 1' for run in runs) + '\n'
