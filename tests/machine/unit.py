# SPDX-License-Identifier: Apache-2.0
"""The host tests: Meson runs them; its JUnit report has every single case."""

import subprocess
import xml.etree.ElementTree as xml

from .options import TOP
from .outcome import FAILED, PASSED, SKIPPED, Case, Outcome

BUILD = TOP / 'build'
REPORT = BUILD / 'meson-logs' / 'testlog.junit.xml'


def run():
    """Prints Meson's output as it comes and returns (case, outcome, seconds) of every case."""
    REPORT.unlink(missing_ok=True)
    done = subprocess.run(['meson', 'test', '-C', BUILD, '--no-rebuild', '--print-errorlogs'])
    results = read(REPORT.read_text()) if REPORT.exists() else []
    if done.returncode and all(outcome.verdict != FAILED for _, outcome, _ in results):
        results.append((Case('meson test'), Outcome(FAILED, 'it failed without naming a test'), 0.0))
    return results


def read(report):
    return [(Case(f"{case.get('classname', 'unit')}/{case.get('name', '')}"), judged(case), float(case.get('time', 0)))
            for case in xml.fromstring(report).iter('testcase')]


def judged(case):
    for trouble in (case.find('failure'), case.find('error')):
        if trouble is not None:
            return Outcome(FAILED, trouble.get('message') or trouble.text or '')
    return Outcome(SKIPPED if case.find('skipped') is not None else PASSED)
