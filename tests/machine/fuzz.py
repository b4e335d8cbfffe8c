# SPDX-License-Identifier: Apache-2.0
"""tests/fuzz in ./dev test: each target once, from the same seeds with the same random numbers."""

from fuzz import runner

from .outcome import FAILED, PASSED, Case, Outcome

RUNS = 200_000


def cases():
    for target in runner.TARGETS:
        yield Case(f'fuzz/{target}', lambda target=target: check(target))


def check(target):
    try:
        runner.build()
    except runner.BuildFailure as failure:
        return Outcome(FAILED, str(failure))
    status, told = runner.repeat(target, [f'-runs={RUNS}', '-seed=1', '-verbosity=0'])
    return Outcome(PASSED) if status == 0 else Outcome(FAILED, f'exit status {status}\n{told}')
