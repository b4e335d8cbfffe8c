# SPDX-License-Identifier: Apache-2.0
"""What `./dev coverage` calls."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from machine import guests, outcome, suite
from machine.options import TOP

from . import build, counts, lines, machine, report, unreached

RUNS = build.FOLDER / 'runs'
REASONS = TOP / 'tests' / 'coverage' / 'unreached'


def parse():
    p = argparse.ArgumentParser(prog='./dev coverage', allow_abbrev=False,
                                description='Runs the tests with counters in the hypervisor and tells which of '
                                'its lines they reach.')
    p.add_argument('names', nargs='*', metavar='NAME', help='only tests on the machine whose name has NAME in it')
    p.add_argument('--no-run', action='store_true', help='report on what ran last')
    p.add_argument('--markdown', type=Path, metavar='FILE', help='write the report as Markdown')
    p.add_argument('--json', type=Path, metavar='FILE', help='write the figures as JSON')
    p.add_argument('--strict', action='store_true', help='fail if a line is unreached without a reason')
    return p.parse_args()


def run_host_tests():
    for old in build.HOST_OBJECTS.glob('*.gcda'):
        old.unlink()
    done = subprocess.run([build.HOST_TESTS, '--gtest_brief=1'], stdout=subprocess.PIPE, text=True)
    print(f'host tests: {(done.stdout.strip().splitlines() or ["no output"])[-1]}')
    return done.returncode == 0


def run_machine(names):
    shutil.rmtree(RUNS, ignore_errors=True)
    RUNS.mkdir()
    os.environ['LINTEL_COUNTS'] = str(RUNS)
    guests.TIME_LIMIT *= machine.PATIENCE
    outcomes = [result for _, result, _ in suite.run_all(list(suite.machine_jobs(names, long=False)))]
    print(f'on the machine: {outcome.total(outcomes)}')
    return all(result.verdict != outcome.FAILED for result in outcomes)


def collect():
    """What was reached on the host, and on the machine."""
    emulated = lines.nothing_reached(build.IMAGE_OBJECTS)
    host = lines.of_host_tests(build.HOST_OBJECTS)
    runs = sorted(RUNS.iterdir())
    for run in runs:
        try:
            emulated.add(lines.of_machine(counts.objects(run.read_bytes())))
        except counts.Damaged as damaged:
            print(f'left out, {run.name}: {damaged}', file=sys.stderr)
    print(f'{len(runs)} machines wrote their counts')
    return host, emulated


def ranges(host, emulated):
    both = lines.Lines()
    both.add(host)
    both.add(emulated)
    return [part for file in sorted(both.counts)
            for part in unreached.ranges(file, both.counts[file], both.functions[file], unreached.source(file))]


def main():
    options = parse()
    good = True
    if not options.no_run:
        build.build()
        good = run_host_tests()
        good = run_machine(options.names) and good
    host, emulated = collect()
    files, found = list(report.rows(host, emulated)), ranges(host, emulated)
    stale = unreached.explain(found, list(unreached.parse(REASONS.read_text())))
    print(report.text(files, found))
    for entry in stale:
        print(f'tests/coverage/unreached:{entry.number}: reached now, or gone: {entry.file}  {entry.what}')
    if options.markdown:
        options.markdown.write_text(report.markdown(files, found))
    if options.json:
        options.json.write_text(json.dumps(report.as_json(files, found), indent=1) + '\n')
    missing = report.without_reason(found)
    if not good:
        print('some tests failed: what they would have reached is missing')
    print(f'{missing} lines without a reason')
    return 1 if options.strict and (missing or stale or not good) else 0


if __name__ == '__main__':
    sys.exit(main())
