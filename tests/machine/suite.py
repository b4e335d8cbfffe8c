# SPDX-License-Identifier: Apache-2.0
"""What `./dev test` calls: host tests, tiny kernels, system tests; the last line counts them all."""

import concurrent.futures
import os
import sys

from . import guests, outcome, system, unit


def machine_cases(names, long):
    every = [*guests.cases(), *system.cases(long)]
    return [case for case in every if not names or any(name in case.name for name in names)]


def run_all(cases):
    """Two at once on two cores: the emulator keeps one core busy, and runs do not share anything."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in concurrent.futures.as_completed([pool.submit(outcome.judge, case) for case in cases]):
            case, result, seconds = done.result()
            print(outcome.line(case, result, seconds), flush=True)
            yield result


def main():
    long = '--long' in sys.argv[1:]
    names = [name for name in sys.argv[1:] if name != '--long']
    if any(name.startswith('-') for name in names):
        print('dev: ./dev test takes --long and parts of test names', file=sys.stderr)
        return 2
    cases = machine_cases(names, long)
    outcomes = [] if names and 'unit' not in names else unit.run()
    outcomes += run_all(cases)
    if not outcomes:
        print(f"dev: no test's name contains {' or '.join(names)}", file=sys.stderr)
        return 2
    print(outcome.total(outcomes))
    return 1 if any(result.verdict == outcome.FAILED for result in outcomes) else 0


if __name__ == '__main__':
    sys.exit(main())
