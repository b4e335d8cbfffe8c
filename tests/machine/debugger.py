# SPDX-License-Identifier: Apache-2.0
"""Standard output of Bochs without what its built-in debugger prints around the guest's own bytes."""

import re

# One line per CPU before the first instruction, and one or more when the emulator ends by itself.
FIRST_INSTRUCTION = re.compile(rb'^\(\d+\) \[0x[0-9a-f]+\] f000:fff0 .*\n', re.M)
LAST_INSTRUCTIONS = re.compile(rb'(?:\(\d+\)\.\[\d+\] \[0x[^\n]*\n?)+\Z')
PERHAPS_LAST = re.compile(rb'(?:\(\d+\)\.\[[^\n]*\n)*(?:\(\d*(?:\)(?:\.(?:\[[^\n]*)?)?)?)?\Z')


class DebuggerFilter:
    def __init__(self, feed, cpus):
        self.pass_on, self.waiting_for, self.held = feed, cpus, b''

    def feed(self, data):
        self.held += data
        while self.waiting_for:
            first = FIRST_INSTRUCTION.search(self.held)
            if not first:
                return
            self.waiting_for, self.held = self.waiting_for - 1, self.held[first.end():]
        # Nothing waits but a tail that may still turn out to be the debugger's.
        cut = PERHAPS_LAST.search(self.held).start()
        passed, self.held = self.held[:cut], self.held[cut:]
        self.pass_on(passed)

    def end(self):
        if not self.waiting_for:
            self.pass_on(LAST_INSTRUCTIONS.sub(b'', self.held))
