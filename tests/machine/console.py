# SPDX-License-Identifier: Apache-2.0
"""dom0's console: passes on what dom0 prints, and nothing else."""

import re

from .stream import Until, Lines

EXIT = b'\x1elintel-exit '  # written by toolstack/images/init, followed by the run's token and the exit status


class Console:
    def __init__(self, write, token, raw=False):
        self.write = write
        self.token = token
        self.raw = raw  # at a terminal in raw mode carriage returns matter
        self.script_status = None
        self.panic = None
        self.restarting = False  # on a native run the only sign: Bochs does not survive its own reset
        self.until_exit = Until(EXIT, self.exited)
        self.lines = Lines(self.line)
        self.anything = False

    def feed(self, data):
        self.lines.feed(data)
        self.show(self.until_exit.feed(data))

    def end(self):
        self.show(self.until_exit.end())

    def show(self, data):
        if not self.raw:
            data = data.replace(b'\r', b'')
        if data:
            self.anything = True
            self.write(data)

    def exited(self, rest):
        token, _, code = rest.decode(errors='replace').strip().partition(' ')
        if token != self.token or not code.isdigit():
            return False
        self.script_status = int(code)
        return True

    def line(self, text):
        # The patched kernel tells the hypervisor, and its console may carry a guest's words; a native one only prints,
        # and resets the machine.
        if self.panic is None and 'Kernel panic - not syncing: ' in text:
            self.panic = text[text.index('Kernel panic'):]
        self.restarting = self.restarting or text.endswith('reboot: Restarting system')
