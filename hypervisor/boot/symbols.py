#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the table of function names that the panic's back trace looks up (cpu/symbols.cpp).

usage: symbols.py NM IMAGE OUTPUT.S
"""
import re
import subprocess
import sys


def functions(nm: str, image: str) -> tuple[int, list[tuple[int, str]]]:
    listing = subprocess.run([nm, "--demangle", "--numeric-sort", image], check=True,
                             capture_output=True, text=True).stdout
    rows = [line.split(" ", 2) for line in listing.splitlines()]
    base = next(int(row[0], 16) for row in rows if row[2] == "image_text")
    named: dict[int, str] = {}
    for address, kind, name in rows:
        if kind in "tTwW" and int(address, 16) >= base and not name.startswith("stub_"):
            named[int(address, 16) - base] = short(name)
    return base, sorted(named.items())


def short(name: str) -> str:
    """Without parameter lists: `lintel::Ept::map(...)` says enough as `Ept::map`."""
    name = name.replace("(anonymous namespace)::", "").replace("lintel::", "")
    return re.sub(r"\(.*", "", name)[:60]


def main() -> None:
    nm, image, output = sys.argv[1:]
    _, symbols = functions(nm, image)
    entries, names, offset = [], [], 0
    for code, name in symbols:
        entries.append(f"    .long {code:#x}, {offset}")
        names.append(f'    .asciz "{name}"')
        offset += len(name) + 1
    with open(output, "w", encoding="ascii") as out:
        out.write('    .section .symbols, "a"\n    .balign 8\n')
        out.write("    .globl symbol_count, symbol_entries, symbol_names\n")
        out.write(f"symbol_count:\n    .long {len(symbols)}\nsymbol_entries:\n")
        out.write("\n".join(entries) + "\nsymbol_names:\n" + "\n".join(names) + "\n")


main()
