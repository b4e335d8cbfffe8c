# SPDX-License-Identifier: Apache-2.0
"""Builds the fuzz targets and runs one of them."""

import fcntl
import os
import subprocess
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SOURCE = TOP / 'tests' / 'fuzz'
BUILD = TOP / 'build' / 'fuzz'
SEEDS = BUILD / 'corpus' / 'seeds'
FOUND = BUILD / 'found'

TARGETS = ('acpi', 'block', 'hypercalls', 'kernel_image', 'multiboot2', 'rings', 'sealed')
LONGEST = 1024  # bytes of an input


class BuildFailure(Exception):
    pass


def must(command, **more):
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode:
        raise BuildFailure(f'the fuzz targets cannot be built:\n{done.stdout}')


def build():
    """A build directory of its own: only clang has libFuzzer."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / 'lock', 'w', encoding='ascii') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the suite runs several targets at once
        if not (BUILD / 'build.ninja').exists():
            must(['meson', 'setup', BUILD, SOURCE], env=os.environ | {'CXX': 'clang++'})
        must(['ninja', '-C', BUILD])
        must([BUILD / 'seeds', SEEDS])


def command(target, corpus, options):
    """New inputs that reach something new go to `corpus`, one that fails to FOUND."""
    FOUND.mkdir(exist_ok=True)
    corpus.mkdir(parents=True, exist_ok=True)
    return [BUILD / f'fuzz-{target}', f'-max_len={LONGEST}', f'-artifact_prefix={FOUND}/{target}-', '-timeout=30',
            *options, corpus, SEEDS / target]


def explore(target, options):
    """Goes on from what earlier runs have found; libFuzzer's progress appears as it comes."""
    return subprocess.run(command(target, BUILD / 'corpus' / target, options), check=False).returncode


def repeat(target, options):
    """From the seeds alone, so that runs are alike. Returns the exit status and all that was printed."""
    with tempfile.TemporaryDirectory(prefix='lintel-fuzz-') as corpus:
        done = subprocess.run(command(target, Path(corpus), options), stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
    return done.returncode, done.stdout
