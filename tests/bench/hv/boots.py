# SPDX-License-Identifier: Apache-2.0
"""Boots the measuring kernel in dom0's place and reads what it prints."""

import re

from bench.command import TOP, Failure, run_machine

KERNEL = TOP / 'build' / 'tests' / 'bench' / 'hv' / 'bench-hv.elf'
INFO = TOP / 'pvabi' / 'include' / 'lintel' / 'info.h'
CPUS = (1, 2)  # with one, both vCPUs share it


def exit_classes():
    body = re.search(r'enum lintel_exit_class \{(.*?)\}', INFO.read_text(), re.S)[1]
    return [name.lower() for name in re.findall(r'LINTEL_EXIT_(\w+)', body)]


def measure(cpus):
    """name -> median, least, most, samples, and exits per operation by class."""
    console = run_machine(f'on {cpus} CPU(s)', '--kernel', KERNEL, '--initrd', 'none', '--cpus', cpus,
                          '--hv-append', 'dom0_vcpus=2', '--append', f'cpus={cpus}')
    if not re.search('^result: success', console, re.M):
        raise Failure(f'the kernel on {cpus} CPU(s) did not end well\n{console}')
    return parse(console)


def parse(console):
    classes, found = exit_classes(), {}
    for kind, name, rest in re.findall(r'^(?:child: )?@(ticks|exits) (\S+) (.*)$', console, re.M):
        numbers = [int(word) for word in rest.split()]
        if kind == 'ticks':
            found[name] = dict(zip(('median', 'least', 'most', 'samples'), numbers)) | {'exits': {}}
        else:
            found[name]['exits'][classes[numbers[0]]] = numbers[1] / found[name]['samples']
    return found
