# SPDX-License-Identifier: Apache-2.0
"""COM1: the boot loader's lines, then the hypervisor's log, or on a native run dom0's console."""

import re
from collections import deque

from .image import FAILED, START, UP
from .stream import Lines

LAST_WORD = re.compile(r'\(lintel\) \[ *[\d.]+\] \w+: machine: (off|reboot|halt|panic)(?:: (.*))?$')
TAIL = 200  # lines kept for a report


class Loader:
    """What GRUB says until it starts something; what comes later goes to `then`."""

    def __init__(self, then):
        self.then, self.lines, self.errors = then, Lines(self.line), []
        self.started = self.failed = self.again = False

    def feed(self, data):
        for piece in data.splitlines(keepends=True):
            if self.started and not self.again:
                self.then(piece)
            self.lines.feed(piece)

    def line(self, text):
        text = text.strip('\r')  # GRUB ends its lines with these two the other way round
        if text.startswith('error: '):
            self.errors.append(text.removeprefix('error: ').rstrip('.'))
        elif text == FAILED:  # `boot` itself may fail, so this can come after START
            self.failed = True
        elif text == START:
            self.started = True
        elif self.started and text.endswith(UP):
            self.again = True  # the machine was reset and is back at its loader


class HypervisorLog:
    """Keeps the tail of the log and recognises the machine's last word."""

    def __init__(self, write):
        self.write, self.tail, self.end = write, deque(maxlen=TAIL), None
        self.lines = Lines(self.line)

    def feed(self, data):
        self.lines.feed(data)

    def line(self, text):
        self.write(text + '\n')
        self.tail.append(text)
        if self.end is None and (said := LAST_WORD.search(text)):
            self.end = (said[1], said[2] or '')
