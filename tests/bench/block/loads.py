# SPDX-License-Identifier: Apache-2.0
"""What is measured, and the two programs that do it: operations per second of each."""

import contextlib
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass

from bench.command import TOP, Failure

BUILD = TOP / 'build'
TARGET = 0.95  # of fio's operations per second, at depth 32


@dataclass
class Load:
    write: bool
    sequential: bool
    block: int  # bytes of a request
    depth: int
    direct: bool = False  # granted pages instead of the pool
    together: bool = False  # all on one processor, so that nobody wakes another one
    target: float | None = None

    @property
    def text(self):
        return (f'{self.block // 1024} KiB {"sequential" if self.sequential else "random"} '
                f'{"write" if self.write else "read"}, depth {self.depth}{", granted pages" if self.direct else ""}'
                f'{", one processor" if self.together else ""}')

    @property
    def name(self):
        """For the command line."""
        return (f'{"write" if self.write else "read"}-{self.block // 1024}k-{self.depth}'
                f'{"-granted" if self.direct else ""}{"-together" if self.together else ""}')


def small(write):
    for depth in (1, 8, 32):
        for together in (False, True):
            yield Load(write, False, 4096, depth, together=together, target=TARGET if depth == 32 else None)


LOADS = [*small(False), *small(True),
         *(Load(write, True, 131072, 8, direct) for write in (False, True) for direct in (False, True))]


@contextlib.contextmanager
def image(folder, megabytes):
    """A file that is written all over, so that no load meets space that was never allocated."""
    with tempfile.NamedTemporaryFile(prefix='lintel-block-', dir=folder) as file:
        for _ in range(megabytes):
            file.write(os.urandom(1 << 20))
        file.flush()
        os.fsync(file.fileno())
        yield file.name


def processors(load, allowed):
    """Those a load may use. Disks tend to interrupt any but the first."""
    return {max(allowed)} if load.together else allowed


def output(words, cpus=None):
    """What the program prints, which is JSON; it runs on these processors, or on any."""
    pin = cpus and (lambda: os.sched_setaffinity(0, cpus))
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, preexec_fn=pin)
    if done.returncode:
        raise Failure(f'{words[0]} failed with status {done.returncode}\n{done.stdout}{done.stderr}')
    return json.loads(done.stdout)


def ours(load, file, seconds):
    flags = [word for word, wanted in (('--write', load.write), ('--sequential', load.sequential),
                                       ('--direct', load.direct)) if wanted]
    return output([BUILD / 'tests/bench/block/bench-block', '--backend', BUILD / 'backends/lintel-block',
                   '--image', file, '--block', load.block, '--depth', load.depth, '--seconds', seconds,
                   *flags], processors(load, os.sched_getaffinity(0)))['iops']


def fio(load, file, seconds):
    kind = ('' if load.sequential else 'rand') + ('write' if load.write else 'read')
    result = output(['fio', '--name=peer', f'--filename={file}', '--ioengine=io_uring', '--direct=1',
                     f'--rw={kind}', f'--bs={load.block}', f'--iodepth={load.depth}', '--time_based',
                     f'--runtime={seconds}', '--ramp_time=500ms', '--registerfiles=1', '--fixedbufs=1',
                     '--randrepeat=0', '--norandommap=1', '--output-format=json'],
                    processors(load, os.sched_getaffinity(0)))
    return result['jobs'][0]['write' if load.write else 'read']['iops']
