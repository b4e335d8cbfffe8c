# SPDX-License-Identifier: Apache-2.0
"""The host tests: Meson runs them; its JUnit report has every single case."""

import subprocess
import xml.etree.ElementTree as xml

from .options import TOP
from .outcome import FAILED, PASSED, SKIPPED, Outcome

BUILD = TOP / 'build'
REPORT = BUILD / 'meson-logs' / 'testlog.junit.xml'


def run():
    """Prints Meson's output as it comes and returns the outcome of every case."""
    REPORT.unlink(missing_ok=True)
    done = subprocess.run(['meson', 'test', '-C', BUILD, '--no-rebuild', '--print-errorlogs'])
    outcomes = read(REPORT.read_text()) if REPORT.exists() else []
    if done.returncode and all(outcome.verdict != FAILED for outcome in outcomes):
        outcomes.append(Outcome(FAILED, 'meson test failed without naming a test'))
    return outcomes


def read(report):
    outcomes = []
    for case in xml.fromstring(report).iter('testcase'):
        if case.find('failure') is not None or case.find('error') is not None:
            outcomes.append(Outcome(FAILED))
        elif case.find('skipped') is not None:
            outcomes.append(Outcome(SKIPPED))
        else:
            outcomes.append(Outcome(PASSED))
    return outcomes
