# SPDX-License-Identifier: Apache-2.0
"""`./dev run` while LINTEL_COUNTS names a folder: the image that counts, and its counts go to that folder."""

import os
import sys
from pathlib import Path

from machine import __main__ as command, options, run

from . import build, counts

PATIENCE = 4  # it is slower, and a time limit is not what is measured


class CountingRun(run.Run):
    def __init__(self, given, write_log):
        super().__init__(given, write_log)
        if self.limit:
            self.limit *= PATIENCE
        self.splitter = counts.Splitter(self.console.feed)
        self.console_end = self.console.end
        self.console.feed, self.console.end = self.splitter.feed, self.end_of_console

    def end_of_console(self):
        self.splitter.end()
        self.console_end()

    def go(self, folder):
        try:
            return super().go(folder)
        finally:
            if self.splitter.last is not None:
                (Path(os.environ['LINTEL_COUNTS']) / self.token).write_bytes(self.splitter.last)


def parse(arguments, original=options.parse):
    given = original(arguments)
    if not given.native:
        given.hypervisor = build.IMAGE
    return given


if __name__ == '__main__':
    options.parse, run.Run = parse, CountingRun
    sys.exit(command.main())
