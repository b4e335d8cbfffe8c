# SPDX-License-Identifier: Apache-2.0
"""Writes assembly that embeds files: embed.py OUTPUT FILE... gives each the symbols NAME_begin and NAME_end."""

import sys
from pathlib import Path

TEXT = """\
    .globl {symbol}_begin, {symbol}_end
{symbol}_begin:
    .incbin "{path}"
{symbol}_end:
"""

output, *files = map(Path, sys.argv[1:])
lines = [TEXT.format(symbol=file.name.replace('-', '_'), path=file.resolve()) for file in files]
output.write_text('    .section .rodata\n' + ''.join(lines) + '    .section .note.GNU-stack, "", @progbits\n')
