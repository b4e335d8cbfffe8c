# SPDX-License-Identifier: Apache-2.0
"""Says on standard error what a long step is doing: one changing line at a terminal, else a line per step."""

import sys
import time


class Progress:
    def __init__(self, text):
        self.text, self.begin, self.live = text, time.monotonic(), sys.stderr.isatty()
        self.open, self.shown = True, -1
        if not self.live:
            print(f'dev: {text}', file=sys.stderr, flush=True)

    def tick(self):
        seconds = int(time.monotonic() - self.begin)
        if self.open and self.live and seconds != self.shown:
            self.shown = seconds
            print(f'\r\x1b[Kdev: {self.text} ({seconds} s)', end='', file=sys.stderr, flush=True)

    def done(self):
        if self.open and self.live:
            print('\r\x1b[K', end='', file=sys.stderr, flush=True)
        self.open = False
