# SPDX-License-Identifier: Apache-2.0
"""Makes a kernel file dense: what is loaded is the same, byte for byte, in a third less file.

A linker puts segments at multiples of 2 MiB in the file too, and fills gaps between sections with zeros. Here a
segment is parted where it has many zeros, which then are memory beyond the end of the file's part and cost neither
loading nor copying. Sections are left out. Layout: System V ABI, "Object Files".
"""

import struct
from dataclasses import dataclass

PAGE = 4096
PT_LOAD = 1
PT_NOTE = 4
MOST_SEGMENTS = 16  # docs/abi/boot.md
FEWEST_ZEROS = 16 * PAGE
HEADER = struct.Struct('<16sHHIQQQIHHHHHH')
PROGRAM = struct.Struct('<IIQQQQQQ')


@dataclass
class Segment:
    kind: int
    flags: int
    virtual: int
    physical: int
    data: bytes
    memory: int
    alignment: int

    def part(self, begin, end, memory):
        return Segment(self.kind, self.flags, self.virtual + begin, self.physical + begin, self.data[begin:end], memory,
                       self.alignment)


def read(file):
    """The file header's fields, and the segments that are loaded or hold notes."""
    header = HEADER.unpack_from(file)
    if file[:6] != b'\x7fELF\x02\x01' or header[9] != PROGRAM.size:
        raise ValueError('not an ELF64 file')
    segments = []
    for at in range(header[5], header[5] + header[10] * PROGRAM.size, PROGRAM.size):
        kind, flags, offset, virtual, physical, size, memory, alignment = PROGRAM.unpack_from(file, at)
        if kind in (PT_LOAD, PT_NOTE):
            data = file[offset:offset + size]
            segments.append(Segment(kind, flags, virtual, physical, data, memory, alignment))
    return header, segments


def zero_runs(data):
    """(begin, end) of each long run of pages of zeros, which does not reach the end of the data."""
    runs, begin, zeros = [], None, bytes(PAGE)
    for at in range(0, len(data), PAGE):
        if data[at:at + PAGE] == zeros:
            begin = at if begin is None else begin
        elif begin is not None:
            runs.append((begin, at))
            begin = None
    return [(begin, end) for begin, end in runs if end - begin >= FEWEST_ZEROS]


def parts(segment, runs):
    """The segment without those runs; what was one is adjacent parts."""
    begin, end = 0, len(segment.data)
    for run_begin, run_end in sorted(runs):
        if run_begin > begin:
            yield segment.part(begin, run_begin, run_end - begin)
        else:
            yield segment.part(begin, begin, run_end - begin)
        begin = run_end
    yield segment.part(begin, end, segment.memory - begin)


def dense(file):
    header, segments = read(file)
    loaded = [segment for segment in segments if segment.kind == PT_LOAD and segment.memory]
    room = MOST_SEGMENTS - len(loaded)
    runs = [(end - begin, n, begin, end) for n, segment in enumerate(loaded) for begin, end in zero_runs(segment.data)]
    chosen = sorted(runs, reverse=True)[:max(room, 0)]
    out = []
    for n, segment in enumerate(loaded):
        out += parts(segment, [(begin, end) for _, owner, begin, end in chosen if owner == n])
    return write(header, out + [segment for segment in segments if segment.kind == PT_NOTE])


def write(header, segments):
    programs, content = b'', b''
    base = -(-(HEADER.size + len(segments) * PROGRAM.size) // PAGE) * PAGE
    for segment in segments:
        alignment = PAGE if segment.kind == PT_LOAD else segment.alignment
        programs += PROGRAM.pack(segment.kind, segment.flags, base + len(content), segment.virtual, segment.physical,
                                 len(segment.data), segment.memory, alignment)
        content += segment.data + bytes(-len(segment.data) % PAGE)
    fields = [*header]
    fields[5], fields[6] = HEADER.size, 0  # program headers, section headers
    fields[10:14] = len(segments), 0, 0, 0
    return (HEADER.pack(*fields) + programs).ljust(base, b'\0') + content
