# SPDX-License-Identifier: Apache-2.0
"""The command line that all benchmarks have: a table for a person, and on demand as Markdown and as JSON."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
TIME_LIMIT = 300  # seconds for one boot


class Failure(Exception):
    """Says what went wrong, to a person."""


def output(text):
    path = Path(text).absolute()
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"'{text}' is in a directory that does not exist")
    return path


def parser(name, description):
    p = argparse.ArgumentParser(
        prog=f'./dev bench {name}', allow_abbrev=False, description=description,
        epilog='exit status: 0, also when a target is missed; 1 when a run failed; 2 for a wrong option')
    p.add_argument('--json', type=output, metavar='FILE', help='write everything that was measured')
    p.add_argument('--markdown', type=output, metavar='FILE', help='write the table as Markdown')
    return p


def run_machine(what, *options):
    """Boots it and returns its console; `what` names it in the Failure that any other end is."""
    command = [TOP / 'dev', 'run', '--timeout', TIME_LIMIT, *options]
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors='replace')
    if done.returncode:
        raise Failure(f'the run {what} failed with status {done.returncode}\n{done.stdout}{done.stderr}')
    return done.stdout


def say(text):
    print(f'bench: {text}', file=sys.stderr, flush=True)


def main(chosen, measure, report):
    """`measure` returns (what the report is about, what goes to the JSON file); the exit status."""
    try:
        result, everything = measure(chosen)
    except Failure as failure:
        say(failure)
        return 1
    except KeyboardInterrupt:
        say('interrupted')
        return 130
    if chosen.json:
        chosen.json.write_text(json.dumps(everything, indent=1) + '\n')
    if chosen.markdown:
        chosen.markdown.write_text(report.table(result).markdown())
    print(report.table(result).text(), end='')
    return 0
