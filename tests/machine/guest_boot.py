# SPDX-License-Identifier: Apache-2.0
"""One boot of the machine with test kernels, and what each of them said."""

import queue
import re
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field

from images import newc

from .options import NONE, TOP

RESULT = re.compile(r'^result(?: of (\S+))?: (success|skip|error|failure)\b\s*(.*)$')
IMAGE = TOP / 'build' / 'hypervisor' / 'lintel-debug'  # with every assertion
TROUBLES = ('error', 'failure')  # no kernel follows in this boot


@dataclass
class Section:
    """What one kernel said, its result last; without a word if it never came to that."""
    lines: list[str] = field(default_factory=list)
    name: str | None = None  # only one of several gives it
    word: str = ''
    text: str = ''
    seconds: float = 0


@dataclass
class Boot:
    sections: list[Section]  # of the kernels that were reached
    status: int
    errors: str


def boot(names_and_images, options, limit):
    """Runs the kernels, one after the other, for `limit` seconds each."""
    with tempfile.NamedTemporaryFile(prefix='lintel-guests-') as archive, tempfile.TemporaryFile('w+') as errors:
        initrd = NONE
        if len(names_and_images) > 1:
            archive.write(newc.archive(newc.program(name, image.read_bytes()) for name, image in names_and_images))
            archive.flush()
            initrd = archive.name
        command = [TOP / 'dev', 'run', '--hypervisor', IMAGE, '--kernel', names_and_images[0][1], '--initrd', initrd,
                   '--timeout', str(limit * len(names_and_images)), *options]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                   text=True, errors='replace')
        sections, late = listen(process, limit)
        errors.seek(0)
        told = errors.read() + (f'no result after {limit} s\n' if late else '')
    ended = sections[-1]
    if not ended.word and not ended.lines and len(sections) > 1 and (
            len(sections) > len(names_and_images) or sections[-2].word in TROUBLES):
        sections.pop()  # nobody's: what follows the last result
    return Boot(sections, process.returncode, told)


def listen(process, limit):
    """The sections, the last one without a result, and whether the clock ended it."""
    lines = queue.Queue()
    threading.Thread(target=read, args=(process.stdout, lines), daemon=True).start()
    sections, begin, late = [Section()], time.monotonic(), False
    while True:
        try:
            line = lines.get(timeout=None if late else max(0, begin + limit - time.monotonic()))
        except queue.Empty:
            late = True
            process.terminate()  # the runner takes the emulator with it
            continue
        if line is None:
            break
        add(sections, line.rstrip('\n'), begin)
        begin = begin if sections[-1].lines else time.monotonic()
    process.wait()
    sections[-1].seconds = time.monotonic() - begin
    return sections, late


def read(stream, lines):
    for line in stream:
        lines.put(line)
    lines.put(None)


def add(sections, line, begin):
    section = sections[-1]
    section.lines.append(line)
    if said := RESULT.match(line):
        section.name, section.word, section.text = said.groups()
        section.seconds = time.monotonic() - begin
        sections.append(Section())
