# SPDX-License-Identifier: Apache-2.0
"""./dev fuzz: the targets one after the other, or one input again."""

import argparse
import subprocess
import sys
from pathlib import Path

from . import runner


def number(text):
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) < 1 << 31:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 on")
    return int(text)


def options():
    parser = argparse.ArgumentParser(
        prog='./dev fuzz', allow_abbrev=False,
        description='Runs the fuzz targets, each until its time or number of runs is over, or until it fails.',
        epilog='exit status: 0; 1 when an input fails, whose file is named last; 2 for a wrong option')
    parser.add_argument('targets', nargs='*', metavar='TARGET', help='one of ' + ', '.join(runner.TARGETS) + ' (all)')
    parser.add_argument('--seconds', type=number, default=60, metavar='N', help='how long each (60)')
    parser.add_argument('--runs', type=number, metavar='N', help='how many inputs each, however long it takes')
    parser.add_argument('--seed', type=number, metavar='N', help='of the random numbers (another one each time)')
    parser.add_argument('--plain', action='store_true', help='without sanitizers, three times as fast')
    parser.add_argument('--keep', action='store_true', help='run nothing, but put into the tree what was found')
    parser.add_argument('--input', type=Path, metavar='FILE', help='run the target with this input only')
    chosen = parser.parse_args()
    for target in chosen.targets:
        if target not in runner.TARGETS:
            parser.error(f"no target '{target}'; there are: {' '.join(runner.TARGETS)}")
    if chosen.keep and chosen.plain:
        parser.error('--keep looks for what the sanitized programs reach')
    if chosen.input and (len(chosen.targets) != 1 or not chosen.input.is_file()):
        parser.error('--input needs one target and a file that exists')
    return chosen


def main():
    chosen = options()
    targets = chosen.targets or runner.TARGETS
    folder = runner.PLAIN if chosen.plain else runner.BUILD
    try:
        runner.build(folder, targets)
        if chosen.keep:
            for target in targets:
                print(f'dev: kept {runner.keep(target)} inputs of {target}', file=sys.stderr)
            return 0
    except runner.BuildFailure as failure:
        print(f'dev: {failure}', file=sys.stderr)
        return 1
    if chosen.input:
        return min(1, subprocess.run([folder / f'fuzz-{chosen.targets[0]}', chosen.input],
                                     check=False).returncode)
    words = [f'-runs={chosen.runs}'] if chosen.runs else [f'-max_total_time={chosen.seconds}']
    if chosen.seed:
        words.append(f'-seed={chosen.seed}')
    for target in targets:
        print(f'dev: fuzzing {target}', file=sys.stderr, flush=True)
        if runner.explore(target, words, folder):
            print(f'dev: {target} failed; its input is the newest file in {runner.FOUND.relative_to(runner.TOP)}; '
                  f'./dev fuzz {target} --input FILE runs it again', file=sys.stderr)
            return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
