# SPDX-License-Identifier: Apache-2.0
"""What `./dev test` calls: host tests, fuzz targets, tiny kernels, system tests; the last lines repeat what failed and count all."""

import concurrent.futures
import os
import sys

from . import fuzz, guests, outcome, system, unit


def machine_jobs(names, long):
    """Functions that can run side by side; each yields (case, outcome, seconds) once or several times."""
    def wanted(case):
        return not names or any(name in case.name for name in names)

    for chain in guests.chains(kernel for kernel in guests.kernels() if wanted(kernel.case())):
        yield lambda chain=chain: guests.run(chain)
    for case in filter(wanted, [*fuzz.cases(), *system.cases(long)]):
        yield lambda case=case: [outcome.judge(case)]


def perform(job):
    for result in job():
        print(outcome.line(*result), flush=True)
        yield result


def run_all(jobs):
    """Two at once on two cores: the emulator keeps one core busy, and runs do not share anything."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in concurrent.futures.as_completed([pool.submit(lambda job=job: list(perform(job))) for job in jobs]):
            yield from done.result()


def main():
    long = '--long' in sys.argv[1:]
    names = [name for name in sys.argv[1:] if name != '--long']
    if any(name.startswith('-') for name in names):
        print('dev: ./dev test takes --long and parts of test names', file=sys.stderr)
        return 2
    jobs = list(machine_jobs(names, long))
    results = [] if names and 'unit' not in names else unit.run()
    results += run_all(jobs)
    if not results:
        print(f"dev: no test's name contains {' or '.join(names)}", file=sys.stderr)
        return 2
    failures = [result for result in results if result[1].verdict == outcome.FAILED]
    for failure in failures:  # again, as a log is often read from its end
        print(outcome.line(*failure))
    print(outcome.total(result for _, result, _ in results))
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
