# SPDX-License-Identifier: Apache-2.0
"""What is run, in which order, and what comes back."""

import itertools
import json
import os
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.command import Failure

MODES = ('bare', 'look', 'sleep')  # in the order of the program's `enum mode`
SIZES = (64, 512, 4096)
BATCHES = (1, 4, 16, 32, 64)
OUTSTANDING = 32  # at least; a batch has to fit
WARM_UP = 5000
OPERATIONS = {'bare': 200_000, 'look': 200_000, 'sleep': 20_000}
AGAIN = 3  # times that a run is repeated in which a thread lost its CPU


@dataclass(frozen=True)
class Setting:
    mode: str
    size: int
    batch: int

    @property
    def outstanding(self):
        return max(OUTSTANDING, self.batch)


@dataclass
class Sample:
    """The runs of one ring in one setting; times are nanoseconds for an operation."""
    times: list[float] = field(default_factory=list)
    notifications: list[float] = field(default_factory=list)  # for an operation, both ways
    lines: list[float] = field(default_factory=list)  # nanoseconds that a cache line took before the run
    preempted: int = 0  # runs among them in which a thread lost its CPU, the last time too
    repeated: int = 0
    realtime: bool = True


def settings():
    polled = [Setting(*which) for which in itertools.product(MODES[:2], SIZES, BATCHES)]
    return [*polled, *(Setting('sleep', 512, batch) for batch in BATCHES)]


def cpu_pair(allowed, siblings):
    """Two CPUs of the allowed ones that are not threads of one core, as far as `siblings` of a CPU knows."""
    for first, second in itertools.combinations(sorted(allowed), 2):
        if second not in siblings(first):
            return first, second
    raise Failure('two threads need two cores of their own')


def siblings(cpu):
    path = Path(f'/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list')
    if not path.exists():
        return {cpu}
    found = set()
    for part in path.read_text().strip().split(','):
        first, _, last = part.partition('-')
        found |= set(range(int(first), int(last or first) + 1))
    return found


def pinned():
    return cpu_pair(os.sched_getaffinity(0), siblings)


def run_once(program, setting, cpus):
    words = [MODES.index(setting.mode), setting.size, setting.outstanding, setting.batch, WARM_UP,
             OPERATIONS[setting.mode], *cpus]
    done = subprocess.run([str(program), *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        raise Failure(f'{program.name} in {setting} ended with {done.returncode}\n{done.stderr}')
    return json.loads(done.stdout)


def add(sample, setting, once):
    """Takes one run, made by calling `once`, into the sample."""
    for _ in range(AGAIN):
        run = once()
        if not run['preempted']:
            break
        sample.repeated += 1
    operations = OPERATIONS[setting.mode]
    sample.times.append(run['seconds'] * 1e9 / operations)
    sample.notifications.append(run['notifications'] / operations)
    sample.lines.append(run['line_seconds'] * 1e9)
    sample.preempted += run['preempted'] > 0
    sample.realtime &= run['realtime']


def measure(programs, count, cpus, told=lambda setting: None):
    """{setting: {ring: Sample}}. All rings take turns, so that what changes on the host meets all of them."""
    result = {}
    for setting in settings():
        told(setting)
        rings = {ring: Sample() for ring in programs if setting.mode != 'sleep' or ring != 'dpdk'}
        for _ in range(count):
            for ring, sample in rings.items():
                add(sample, setting, lambda: run_once(programs[ring], setting, cpus))
        result[setting] = rings
    return result


def processor():
    names = [line.partition(':')[2].strip() for line in Path('/proc/cpuinfo').read_text().splitlines()
             if line.startswith('model name')]
    return names[0] if names else 'unknown'


def everything(result, cpus, left_out):
    """For the JSON file."""
    return {'processor': processor(), 'cpus': list(cpus), 'left_out': left_out,
            'samples': [{**asdict(setting), 'outstanding': setting.outstanding, 'ring': ring,
                         'operations': OPERATIONS[setting.mode], **asdict(sample)}
                        for setting, rings in result.items() for ring, sample in rings.items()]}
