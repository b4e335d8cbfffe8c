# SPDX-License-Identifier: Apache-2.0
"""stress-ng for dom0, and the work it is given."""

from . import programs
from .booted import MachineTest

# Work that goes through what Lintel touches: address spaces, faults, processes, signals, timers, context switches.
# Counted in operations, since seconds of an emulated machine say little.
# The CPU stressor's other methods use instructions that the emulated processor announces and does not have.
SHORT = {'fork': 50, 'vm': 100, 'pipe': 2000, 'timer': 500, 'switch': 1000, 'mmap': 5, 'cpu': 20}

# Half an hour of a slow host's time. Not here: `alarm`, which stress-ng 0.15 does not end by a count, on no kernel.
LONG = {
    'vm': 120, 'vm-segv': 12, 'munmap': 16000, 'madvise': 2, 'fault': 4000, 'mlock': 3000,
    'fork': 300, 'vfork': 1600, 'clone': 12, 'daemon': 300, 'zombie': 300,
    'signal': 60000, 'sigq': 40000, 'sigsegv': 60000, 'sigfpe': 40000, 'sigpending': 50000,
    'sigsuspend': 40000, 'sigrt': 24000, 'sigtrap': 80000,
    'timer': 30000, 'timerfd': 40000, 'itimer': 700, 'nanosleep': 3000, 'clock': 5000, 'hrtimers': 60000,
    'switch': 40000, 'pipe': 40000,
}

# Work of several at once on several CPUs: shootdowns, IPIs, wake-ups of and by another CPU, migration, the order of
# memory accesses.
SMP_SHORT = {'switch': 1000, 'futex': 50, 'mutex': 1000, 'tlb-shootdown': 10, 'membarrier': 20, 'peterson': 1000,
             'vm': 10, 'affinity': 100, 'sigq': 500, 'fork': 20, 'pthread': 20}

# Meant to take some five minutes of the host's time with four workers on two CPUs. Not here: what ends by time, not by
# count, when several workers share it (sem, yield, pipeherd, schedpolicy).
SMP_LONG = {
    'switch': 30000, 'futex': 500, 'mutex': 30000, 'sem-sysv': 20000, 'msg': 30000, 'mq': 30000, 'pipe': 30000,
    'ring-pipe': 10000, 'dekker': 50000, 'peterson': 50000, 'tlb-shootdown': 150, 'membarrier': 300, 'vm': 200,
    'vm-rw': 100, 'mmap': 8, 'affinity': 2000, 'sigq': 10000, 'kill': 10000, 'fork': 300, 'pthread': 600,
}

# stress-ng's class "vm", a second or two of the emulated machine each, nested. Not here: `mlockmany`, `swap` and
# `watchdog`, which find nothing to do in a guest, and `physpage`, which asks a file that the kernel is built without.
VM_CLASS = {
    'bad-altstack': 150, 'bigheap': 500, 'brk': 15000, 'dev-shm': 7, 'env': 8, 'madvise': 2, 'malloc': 2500, 'mlock': 1,
    'mmap': 2, 'mmapaddr': 2800, 'mmapfixed': 2, 'mmapfork': 2, 'mmaphuge': 300, 'mmapmany': 4000, 'mprotect': 16000,
    'mremap': 2, 'msync': 1700, 'msyncmany': 1, 'munmap': 8000, 'pagemove': 3, 'pageswap': 2500, 'shm': 6,
    'shm-sysv': 20, 'stack': 2, 'stackmmap': 100, 'tmpfs': 2, 'userfaultfd': 11000, 'vm': 400, 'vm-addr': 2,
    'vm-rw': 37, 'vm-segv': 100, 'vm-splice': 140,
}
# Their memory: the usual amounts are for larger machines.
VM_CLASS_SIZES = ('--mremap-bytes 4m --shm-bytes 4m --shm-sysv-bytes 4m --userfaultfd-bytes 4m --vm-rw-bytes 4m '
                  '--vm-splice-bytes 1m --msync-bytes 4m --malloc-bytes 8m')


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


def script(stressors, one_by_one, workers, sizes=''):
    """What dom0 runs: all stressors at once, or each after the other; stops at the first that fails."""
    # Three pthread stressors without a limit may take most of the 3,856 threads that a small dom0 can have.
    common = f'{sizes} --verify --temp-path /tmp --vm-bytes 16m --mmap-bytes 4m --pthread-max 64 -t 0 --cpu-method int64'
    words = [f'--{name} {workers} --{name}-ops {count}' for name, count in stressors.items()]
    runs = words if one_by_one else [' '.join(words)]
    return 'cd /tmp\n' + '\n'.join(f'/host/stress-ng {common} {run} || exit 1' for run in runs) + '\ndmesg\n'
