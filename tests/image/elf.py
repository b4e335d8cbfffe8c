# SPDX-License-Identifier: Apache-2.0
"""An ELF64 file taken apart: as much as the checks of the image need."""

import collections
import pathlib
import struct

# Values of the System V ABI, "Object Files".
PT_LOAD, SHT_NOBITS = 1, 8
PF_X, PF_W = 1, 2
SHN_UNDEF = 0

Segment = collections.namedtuple('Segment', 'type flags offset virtual physical file_size memory_size align')
Section = collections.namedtuple('Section', 'name type flags address offset size')
Symbol = collections.namedtuple('Symbol', 'name section')


class Elf:
    def __init__(self, path):
        self.bytes = pathlib.Path(path).read_bytes()
        header = struct.unpack_from('<16sHHIQQQIHHHHHH', self.bytes)
        segments_at, sections_at = header[5], header[6]
        segment_count, section_count, names_index = header[10], header[12], header[13]
        self.segments = [Segment(*struct.unpack_from('<IIQQQQQQ', self.bytes, segments_at + 56 * i))
                         for i in range(segment_count)]
        raw = [struct.unpack_from('<IIQQQQIIQQ', self.bytes, sections_at + 64 * i) for i in range(section_count)]
        names = raw[names_index][4]
        self.sections = [Section(self._text(names + s[0]), *s[1:6]) for s in raw]

    def symbols(self):
        text = self.section('.strtab').offset
        table = self.section('.symtab')
        for at in range(table.offset + 24, table.offset + table.size, 24):  # the first one is empty
            name, _, _, section = struct.unpack_from('<IBBH', self.bytes, at)
            yield Symbol(self._text(text + name), section)

    def section(self, name):
        return next((section for section in self.sections if section.name == name), None)

    def loaded(self):
        return [segment for segment in self.segments if segment.type == PT_LOAD]

    def _text(self, at):
        return self.bytes[at:self.bytes.index(b'\0', at)].decode()
