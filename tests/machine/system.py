# SPDX-License-Identifier: Apache-2.0
"""tests/system: Python's unittest, one test method one case, so that they can run side by side."""

import traceback
import unittest

from .options import TOP
from .outcome import FAILED, PASSED, SKIPPED, Case, Outcome


class Result(unittest.TestResult):
    def _exc_info_to_string(self, error, test):
        kind, value, trace = error
        if issubclass(kind, test.failureException):
            return str(value)  # says what was seen; the trace would only name this harness
        return ''.join(traceback.format_exception(kind, value, trace))


def flatten(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test


def cases(long=False):
    """test_*.py, and with `long` also long_*.py: what takes minutes each."""
    for pattern in ('test_*.py', 'long_*.py') if long else ('test_*.py',):
        found = unittest.TestLoader().discover(TOP / 'tests' / 'system', pattern, top_level_dir=TOP / 'tests')
        for test in flatten(found):
            yield Case(test.id().replace('.', '/'), lambda test=test: check(test))


def check(test):
    result = Result()
    test.run(result)
    if result.failures or result.errors:
        return Outcome(FAILED, '\n'.join(text for _, text in result.failures + result.errors))
    if result.skipped:
        return Outcome(SKIPPED, result.skipped[0][1])
    return Outcome(PASSED)
