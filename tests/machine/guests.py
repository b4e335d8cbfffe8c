# SPDX-License-Identifier: Apache-2.0
"""tests/guests: tiny kernels, run in dom0's place. What a kernel says last is its result.

`result: success | skip | error | failure [text]` on the console. Kernels that are expected to live run in one
boot, one after the other (tests/guests/runtime/chain.h); each then says `result of NAME: ...`. The table
tests/guests/expect names those of which something else is expected, after which no other can run, or which
need options; fields are two or more spaces apart:

    NAME  success | alone | halt PATTERN  [OPTIONS OF ./dev run]
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from . import status
from .guest_boot import TROUBLES, boot
from .options import TOP
from .outcome import FAILED, PASSED, SKIPPED, Case, Outcome

TABLE = TOP / 'tests' / 'guests' / 'expect'
IMAGES = TOP / 'build' / 'tests' / 'guests'
TIME_LIMIT = 240  # seconds for one kernel: on a busy host a boot alone has taken more than one minute
# Kernels in one boot: enough to save boots, few enough that all cores are busy to the end, and that the archive fits
# below the kernels. A larger one lies at the end of RAM, which memory_calls gives back and has erased.
LONGEST = 10


@dataclass(frozen=True)
class Expectation:
    halt: str | None = None  # the pattern of the reason, where the machine has to halt
    alone: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kernel:
    name: str
    image: Path | None  # None: only the table knows it
    expectation: Expectation

    def case(self):
        return Case(f'guests/{self.name}')

    def joins_others(self):
        return self.image is not None and not self.expectation.alone and self.expectation.halt is None


def parse(text):
    """The table as {name: Expectation}."""
    table = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith('#'):
            continue
        name, expected, *options = re.split(r'\s{2,}|\t+', line, maxsplit=2)
        kind, _, pattern = expected.partition(' ')
        if kind not in ('success', 'alone', 'halt') or (kind == 'halt') != bool(pattern):
            raise ValueError(f"tests/guests/expect:{number}: '{expected}' is not 'success', 'alone' "
                             "or 'halt PATTERN'")
        table[name] = Expectation(pattern or None, kind == 'alone',
                                  tuple(shlex.split(options[0])) if options else ())
    return table


def kernels():
    table = parse(TABLE.read_text()) if TABLE.exists() else {}
    images = {path.stem: path for path in sorted(IMAGES.glob('*.elf'))}
    return [Kernel(name, images.get(name), table.get(name, Expectation())) for name in sorted(images | table)]


def chains(selected):
    """The kernels by boots, the long ones first."""
    groups = {}
    for kernel in selected:
        groups.setdefault(kernel.expectation.options if kernel.joins_others() else kernel.name, []).append(kernel)
    return sorted((chain for group in groups.values() for chain in split(group)), key=len, reverse=True)


def split(group):
    """Into parts of equal length, neighbours apart: kernels of one kind take equally long."""
    count = -(-len(group) // LONGEST)
    return [group[first::count] for first in range(count)]


def run(chain):
    """(case, outcome, seconds) of each. Those behind one that ended the boot get a boot of their own."""
    while chain:
        if chain[0].image is None:
            yield chain[0].case(), Outcome(FAILED, 'tests/guests/expect names it, but no such kernel was built'), 0
            return
        done = boot([(kernel.name, kernel.image) for kernel in chain], chain[0].expectation.options, TIME_LIMIT)
        for kernel, section in zip(chain, done.sections):
            last = section is done.sections[-1]
            expected_name = kernel.name if len(chain) > 1 else None
            if section.word and section.name != expected_name:
                outcome = Outcome(FAILED, '\n'.join(['the result is that of another', *section.lines]))
            else:
                outcome = verdict(section, kernel.expectation, done if last else None)
            yield kernel.case(), outcome, section.seconds
        chain = chain[len(done.sections):]


def verdict(section, expectation, end):
    """`end` is the boot, of the kernel with which it ended."""
    told = '\n'.join([*([f'exit status {end.status}'] if end else []), *section.lines, end.errors if end else ''])
    if section.word == 'skip':
        return Outcome(SKIPPED, section.text or 'no reason given')
    if section.word in TROUBLES:
        return Outcome(FAILED, told)
    if expectation.halt:
        halted = re.search(f'the machine halted: .*{expectation.halt}', end.errors)
        if end.status == status.HALT and halted:
            return Outcome(PASSED)
        return Outcome(FAILED, f"expected a halt that matches '{expectation.halt}'\n{told}")
    if section.word == 'success' and (end is None or end.status == 0):
        return Outcome(PASSED)
    return Outcome(FAILED, f'expected success\n{told}')
