# SPDX-License-Identifier: Apache-2.0
"""Byte streams that arrive in pieces: finding lines in them without waiting longer than needed."""


class Until:
    """Passes a stream on until a line `PREFIX rest`, wherever on its line that starts, which `last` accepts.

    Nothing waits but a tail that may be the beginning of such a line; nothing behind the line is passed on.
    """

    def __init__(self, prefix, last):
        self.prefix, self.last, self.held, self.over = prefix, last, b'', False

    def feed(self, data):
        data, passed = self.held + data, b''
        while not self.over and (start := data.find(self.prefix)) >= 0 and (end := data.find(b'\n', start)) >= 0:
            self.over = self.last(data[start + len(self.prefix):end])
            passed += data[:start if self.over else end + 1]
            data = data[end + 1:]
        if self.over:
            self.held = b''
            return passed
        keep = data.find(self.prefix)
        keep = keep if keep >= 0 else len(data) - self.overlap(data)
        self.held = data[keep:]
        return passed + data[:keep]

    def overlap(self, data):
        """How many bytes at the end of `data` could begin the prefix."""
        longest = min(len(self.prefix) - 1, len(data))
        return next((n for n in range(longest, 0, -1) if self.prefix.startswith(data[-n:])), 0)

    def end(self):
        held, self.held = self.held, b''
        return held


class Lines:
    """Cuts a stream into lines and hands each to `line`, as text without its end."""

    def __init__(self, line):
        self.line, self.held = line, b''

    def feed(self, data):
        *complete, self.held = (self.held + data).split(b'\n')
        for line in complete:
            self.line(line.decode(errors='replace').rstrip('\r'))
