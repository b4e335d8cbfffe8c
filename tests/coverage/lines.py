# SPDX-License-Identifier: Apache-2.0
"""What gcov says of one run: for each source file below hypervisor/ how often each line was executed."""

import collections
import json
import os
import subprocess
import tempfile
from pathlib import Path

from machine.options import TOP

HYPERVISOR = TOP / 'hypervisor'


class Lines:
    """Counts by file and line, and which functions a file has. A line of a template is one line, whatever it
    was compiled for, and in whatever image."""

    def __init__(self):
        self.counts = collections.defaultdict(collections.Counter)
        self.functions = collections.defaultdict(set)  # (first line, last line, name)

    def add(self, other):
        for file, counts in other.counts.items():
            self.counts[file].update(counts)
        for file, functions in other.functions.items():
            self.functions[file] |= functions

    def add_report(self, report):
        for part in report['files']:
            path = Path(os.path.normpath(Path(report['current_working_directory'], part['file'])))
            if not path.is_relative_to(HYPERVISOR):
                continue
            file = str(path.relative_to(HYPERVISOR))
            for line in part['lines']:
                self.counts[file][line['line_number']] += line['count']
            self.functions[file] |= {(function['start_line'], function['end_line'], name(function))
                                     for function in part['functions']}


def name(function):
    """The bare name: no namespace, no arguments, no return type. A lambda has that of the function
    it stands in."""
    text, depth, plain = function['demangled_name'].replace('(anonymous namespace)', ''), 0, ''
    for letter in text:
        depth += (letter == '<') - (letter == '>')
        if letter == '(' and depth == 0 and plain:
            break
        if depth == 0 and letter != '>':
            plain += letter
    return plain.split(' ')[-1].split('::')[-1]


def of_folder(folder, files):
    """Runs gcov on these .gcda or .gcno files of a folder."""
    lines = Lines()
    if files:
        done = subprocess.run(['gcov', '--json-format', '--stdout', *files], cwd=folder, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if 'stamp mismatch' in done.stderr:
            raise ValueError('the counts are of another build')
        for report in done.stdout.splitlines():
            if report:
                lines.add_report(json.loads(report))
    return lines


def of_host_tests(folder):
    return of_folder(folder, sorted(path.name for path in folder.glob('*.gcda')))


def nothing_reached(folder):
    """Every line that an image has, also where no run told anything."""
    with tempfile.TemporaryDirectory() as place:
        notes = sorted(folder.glob('.*.gcno'))
        for note in notes:
            Path(place, note.name).symlink_to(note)
        return of_folder(place, [note.name for note in notes])


def of_machine(data):
    """`data` is what counts.objects returns."""
    with tempfile.TemporaryDirectory() as place:
        names = []
        for path, content in data.items():
            counts = Path(place, Path(path).name)
            counts.write_bytes(content)
            counts.with_suffix('.gcno').symlink_to(Path(path).with_suffix('.gcno'))
            names.append(counts.name)
        return of_folder(place, names)
