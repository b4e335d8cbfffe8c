# SPDX-License-Identifier: Apache-2.0
"""stress-ng for dom0: Debian's program with the libraries it is linked to, and the work it is given."""

import re
import shutil
import subprocess

# Work that goes through what Lintel touches: address spaces, faults, processes, signals, timers, context switches.
# Counted in operations, since seconds of an emulated machine say little.
# The CPU stressor's other methods use instructions that the emulated processor announces and does not have.
SHORT = {'fork': 50, 'vm': 100, 'pipe': 2000, 'timer': 500, 'switch': 1000, 'mmap': 5, 'cpu': 20}

# Eight to ten minutes of an idle host's time.
LONG = {
    'vm': 360, 'vm-segv': 36, 'munmap': 48000, 'madvise': 7, 'fault': 12000, 'mlock': 9000,
    'fork': 900, 'vfork': 4800, 'clone': 36, 'daemon': 900, 'zombie': 900,
    'signal': 180000, 'sigq': 120000, 'sigsegv': 180000, 'sigfpe': 120000, 'sigpending': 150000,
    'sigsuspend': 120000, 'sigrt': 72000, 'sigtrap': 240000,
    'timer': 90000, 'timerfd': 120000, 'itimer': 2100, 'nanosleep': 9000, 'clock': 15000, 'hrtimers': 180000,
    'alarm': 48000, 'switch': 120000, 'pipe': 120000,
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
