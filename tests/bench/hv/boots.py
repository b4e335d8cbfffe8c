# SPDX-License-Identifier: Apache-2.0
"""Boots the measuring kernel in dom0's place and reads what it prints."""

import re
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
KERNEL = TOP / 'build' / 'tests' / 'bench' / 'hv' / 'bench-hv.elf'
INFO = TOP / 'pvabi' / 'include' / 'lintel' / 'info.h'
TIME_LIMIT = 300
CPUS = (1, 2)  # with one, both vCPUs share it


class Failure(Exception):
    """Says what went wrong, to a person."""


def exit_classes():
    body = re.search(r'enum lintel_exit_class \{(.*?)\}', INFO.read_text(), re.S)[1]
    return [name.lower() for name in re.findall(r'LINTEL_EXIT_(\w+)', body)]


def measure(cpus):
    """name -> median, least, most, samples, and exits per operation by class."""
    command = [TOP / 'dev', 'run', '--kernel', KERNEL, '--initrd', 'none', '--timeout', str(TIME_LIMIT),
               '--cpus', str(cpus), '--hv-append', 'dom0_vcpus=2', '--append', f'cpus={cpus}']
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors='replace')
    if done.returncode or not re.search('^result: success', done.stdout, re.M):
        raise Failure(f'the run on {cpus} CPU(s) failed with status {done.returncode}\n{done.stdout}{done.stderr}')
    return parse(done.stdout)


def parse(console):
    classes, found = exit_classes(), {}
    for kind, name, rest in re.findall(r'^@(ticks|exits) (\S+) (.*)$', console, re.M):
        numbers = [int(word) for word in rest.split()]
        if kind == 'ticks':
            found[name] = dict(zip(('median', 'least', 'most', 'samples'), numbers)) | {'exits': {}}
        else:
            found[name]['exits'][classes[numbers[0]]] = numbers[1] / found[name]['samples']
    return found
