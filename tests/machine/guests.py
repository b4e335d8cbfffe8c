# SPDX-License-Identifier: Apache-2.0
"""tests/guests: tiny kernels, each run in dom0's place. What a kernel says last is its result.

`result: success | skip | error | failure [text]` on the console. The table tests/guests/expect names those
of which something else is expected, or which need options; fields are two or more spaces apart:

    NAME  success | halt PATTERN  [OPTIONS OF ./dev run]
"""

import re
import shlex
import subprocess
from dataclasses import dataclass

from . import status
from .options import TOP
from .outcome import FAILED, PASSED, SKIPPED, Case, Outcome

TABLE = TOP / 'tests' / 'guests' / 'expect'
IMAGES = TOP / 'build' / 'tests' / 'guests'
TIME_LIMIT = 120
RESULT = re.compile(r'^result: (success|skip|error|failure)\b\s*(.*)$', re.M)


@dataclass
class Expectation:
    halt: str | None = None  # the pattern of the reason, where the machine has to halt
    options: tuple[str, ...] = ()


def parse(text):
    """The table as {name: Expectation}."""
    table = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith('#'):
            continue
        name, expected, *options = re.split(r'\s{2,}|\t+', line, maxsplit=2)
        kind, _, pattern = expected.partition(' ')
        if kind not in ('success', 'halt') or (kind == 'halt') != bool(pattern):
            raise ValueError(f"tests/guests/expect:{number}: '{expected}' is neither 'success' nor 'halt PATTERN'")
        table[name] = Expectation(pattern or None, tuple(shlex.split(options[0])) if options else ())
    return table


def cases():
    table = parse(TABLE.read_text()) if TABLE.exists() else {}
    images = {path.stem: path for path in sorted(IMAGES.glob('*.elf'))}
    for name in sorted(images | table):
        yield Case(f'guests/{name}', lambda name=name: check(images.get(name), table.get(name, Expectation())))


def check(image, expectation):
    if image is None:
        return Outcome(FAILED, 'tests/guests/expect names it, but no such kernel was built')
    command = [TOP / 'dev', 'run', '--kernel', image, '--initrd', 'none', '--timeout', str(TIME_LIMIT),
               *expectation.options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors='replace')
    return verdict(done, expectation)


def verdict(done, expectation):
    told = f'exit status {done.returncode}\n{done.stdout}{done.stderr}'
    said = RESULT.findall(done.stdout)
    word, text = said[-1] if said else ('', '')
    if word == 'skip':
        return Outcome(SKIPPED, text or 'no reason given')
    if word in ('error', 'failure'):
        return Outcome(FAILED, told)
    if expectation.halt:
        halted = re.search(f'the machine halted: .*{expectation.halt}', done.stderr)
        if done.returncode == status.HALT and halted:
            return Outcome(PASSED)
        return Outcome(FAILED, f"expected a halt that matches '{expectation.halt}'\n{told}")
    if word == 'success' and done.returncode == 0:
        return Outcome(PASSED)
    return Outcome(FAILED, f'expected success\n{told}')
