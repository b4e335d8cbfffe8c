# SPDX-License-Identifier: Apache-2.0
"""stress-ng for dom0, and the work it is given."""

from . import programs
from .booted import MachineTest

# Work that goes through what Lintel touches: address spaces, faults, processes, signals, timers, context switches.
# Counted in operations, since seconds of an emulated machine say little.
# The CPU stressor's other methods use instructions that the emulated processor announces and does not have.
SHORT = {'fork': 50, 'vm': 100, 'pipe': 2000, 'timer': 500, 'switch': 1000, 'mmap': 5, 'cpu': 20}

# Some ten minutes of the host's time.
LONG = {
    'vm': 120, 'vm-segv': 12, 'munmap': 16000, 'madvise': 2, 'fault': 4000, 'mlock': 3000,
    'fork': 300, 'vfork': 1600, 'clone': 12, 'daemon': 300, 'zombie': 300,
    'signal': 60000, 'sigq': 40000, 'sigsegv': 60000, 'sigfpe': 40000, 'sigpending': 50000,
    'sigsuspend': 40000, 'sigrt': 24000, 'sigtrap': 80000,
    'timer': 30000, 'timerfd': 40000, 'itimer': 700, 'nanosleep': 3000, 'clock': 5000, 'hrtimers': 60000,
    'alarm': 16000, 'switch': 40000, 'pipe': 40000,
}


class StressTest(MachineTest):
    def beat(self, stressors, timeout, *, one_by_one=False, cpus=1, workers=1):
        added = programs.collect(self.folder / 'stress', 'stress-ng')
        if added is None:
            self.skipTest('stress-ng is not installed; run ./dev setup')
        done = self.run_machine('--add', added, '--cpus', cpus, timeout=timeout,
                                script=script(stressors, one_by_one, workers))
        self.assert_healthy(done)
        runs = len(stressors) if one_by_one else 1
        self.assertEqual(done.stdout.count('successful run completed'), runs)


def script(stressors, one_by_one, workers):
    """What dom0 runs: all stressors at once, or each after the other; stops at the first that fails."""
    common = '--verify --temp-path /tmp --vm-bytes 16m --mmap-bytes 4m -t 0 --cpu-method int64'
    words = [f'--{name} {workers} --{name}-ops {count}' for name, count in stressors.items()]
    runs = words if one_by_one else [' '.join(words)]
    return 'cd /tmp\n' + '\n'.join(f'/host/stress-ng {common} {run} || exit 1' for run in runs) + '\ndmesg\n'
