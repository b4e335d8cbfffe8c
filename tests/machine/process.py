# SPDX-License-Identifier: Apache-2.0
"""The emulator's process. However the run ends, nothing of it stays behind."""

import contextlib
import ctypes
import os
import signal
import subprocess

from . import status

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # covers what no `finally` can: the runner killed by SIGKILL


@contextlib.contextmanager
def started(emulator, folder):
    """In a process group of its own, so that Ctrl-C reaches the runner alone, which then ends it."""
    with open(folder / 'emulator.err', 'wb') as errors:
        try:
            process = subprocess.Popen(emulator.command, cwd=folder, env=emulator.environment, start_new_session=True,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                       preexec_fn=die_with_parent)
        except FileNotFoundError:
            raise status.Failure(status.TROUBLE, f'{emulator.command[0]} is not installed; run ./dev setup') from None
    try:
        yield process
    finally:
        kill(process)
        process.stdout.close()


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
