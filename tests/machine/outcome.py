# SPDX-License-Identifier: Apache-2.0
"""What came out of a test, and how it is told."""

import time
from dataclasses import dataclass

PASSED, FAILED, SKIPPED = 'passed', 'failed', 'skipped'


@dataclass
class Outcome:
    verdict: str
    text: str = ''  # why it was skipped, or all that helps to understand a failure


@dataclass
class Case:
    name: str
    run: object = None  # () -> Outcome, where judge() runs it


def judge(case):
    """Runs one case; a broken test is a failed one, never the end of the others."""
    begin = time.monotonic()
    try:
        outcome = case.run()
    except Exception as error:  # pylint: disable=broad-except
        outcome = Outcome(FAILED, f'{type(error).__name__}: {error}')
    return case, outcome, time.monotonic() - begin


def line(case, outcome, seconds):
    first = f'{outcome.verdict:7} {case.name} ({seconds:.1f} s)'
    if outcome.verdict == SKIPPED:
        return f'{first}: {outcome.text}'
    if outcome.verdict == FAILED:
        return '\n'.join([first, *('    ' + detail for detail in outcome.text.splitlines())])
    return first


def total(outcomes):
    """The last line of ./dev test, which scripts read."""
    outcomes = list(outcomes)
    count = {verdict: sum(o.verdict == verdict for o in outcomes) for verdict in (PASSED, FAILED, SKIPPED)}
    skipped = f', {count[SKIPPED]} skipped' if count[SKIPPED] else ''
    return f'{count[PASSED]} passed, {count[FAILED]} failed{skipped}'
