# SPDX-License-Identifier: Apache-2.0
"""Exit statuses of a run. 0, or the script's own, when the machine ran and powered off by itself."""

SUCCESS = 0
USAGE = 2  # a wrong option or a missing file; nothing was started
PANIC = 70  # the hypervisor found its own state broken
HALT = 71  # the machine stopped and gave a reason: the hypervisor refused to boot, or dom0 crashed
TIME_LIMIT = 124
TROUBLE = 125  # the emulator, or the tools around it, failed: the run says nothing about the hypervisor
INTERRUPTED = 130


class Failure(Exception):
    """Ends the run with one line on standard error and a status."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status
