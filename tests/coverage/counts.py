# SPDX-License-Identifier: Apache-2.0
"""Takes what write_counts.cpp prints out of the console's stream, and apart: gcov's data, one file per object."""

import re
import zlib

BEGIN, END = b'\ncoverage: begin\n', b'\ncoverage: end\n'
LINE = re.compile(r'coverage: (?:object (\S+)|data ([0-9a-f]+)|checksum ([0-9a-f]{8}))')


class Damaged(Exception):
    pass


class Splitter:
    """Passes on what belongs to the console. A machine may write several dumps; the last whole one is kept."""

    def __init__(self, pass_on):
        self.pass_on, self.held, self.inside, self.last = pass_on, b'', False, None

    def feed(self, data):
        self.held += data
        while True:
            before, found, after = self.held.partition(END if self.inside else BEGIN)
            if not found:
                break
            if self.inside:
                self.last = before
            else:
                self.pass_on(before)
            self.inside, self.held = not self.inside, after
        if not self.inside:
            keep = beginning(self.held)
            self.pass_on(self.held[:len(self.held) - keep])
            self.held = self.held[len(self.held) - keep:]

    def end(self):
        if not self.inside:
            self.pass_on(self.held)
        self.held = b''


def beginning(data):
    """How many of the last bytes may be the beginning of a dump's."""
    return next((size for size in range(min(len(BEGIN), len(data)), 0, -1) if data.endswith(BEGIN[:size])), 0)


def objects(dump):
    """{path of the data file as the compiler named it: its bytes}"""
    files, path, data = {}, None, bytearray()
    for text in dump.decode(errors='replace').splitlines():
        line = LINE.fullmatch(text)
        if not line:
            continue  # a guest's own in between; the checksum says whether it broke ours
        if line[1]:
            path, data = line[1], bytearray()
        elif line[2]:
            data += bytes.fromhex(line[2])
        elif zlib.crc32(data) != int(line[3], 16):
            raise Damaged(f'the counts of {path} are damaged: something was printed in between')
        else:
            files[path] = bytes(data)
    return files
