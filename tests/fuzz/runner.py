# SPDX-License-Identifier: Apache-2.0
"""Builds the fuzz targets and runs one of them."""

import fcntl
import io
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SOURCE = TOP / 'tests' / 'fuzz'
BUILD = TOP / 'build' / 'fuzz'
PLAIN = BUILD / 'plain'  # the same without sanitizers
KEPT = SOURCE / 'corpus'  # TARGET.tar.xz each, for every clone
SEEDS = BUILD / 'corpus' / 'seeds'
FOUND = BUILD / 'found'

TARGETS = ('acpi', 'block', 'hypercalls', 'kernel_image', 'multiboot2', 'rings', 'sealed')
LONGEST = 1024  # bytes of an input


class BuildFailure(Exception):
    pass


def must(command, **more):
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode:
        raise BuildFailure(f'the fuzz targets cannot be built, or the corpus not merged:\n{done.stdout}')


def build(folder=BUILD, targets=TARGETS):
    """A build directory of its own: only clang has libFuzzer."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(BUILD / 'lock', 'w', encoding='ascii') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the suite runs several targets at once
        if not (folder / 'build.ninja').exists():
            must(['meson', 'setup', folder, SOURCE, f'-Dplain={str(folder == PLAIN).lower()}'],
                 env=os.environ | {'CXX': 'clang++'})
        must(['ninja', '-C', folder, 'seeds', *(f'fuzz-{target}' for target in targets)])
        must([folder / 'seeds', SEEDS])
        for archive in KEPT.glob('*.tar.xz'):
            unpack(archive, SEEDS / archive.name.removesuffix('.tar.xz'))


def unpack(archive, folder):
    with tarfile.open(archive) as inputs:
        for entry in inputs:
            (folder / entry.name).write_bytes(inputs.extractfile(entry).read())


def pack(archive, inputs):
    """The same bytes for the same inputs."""
    with tarfile.open(archive, 'w:xz') as packed:
        for number, content in enumerate(sorted(inputs, key=lambda content: (len(content), content))):
            entry = tarfile.TarInfo(f'kept-{number:04}')
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))


def keep(target):
    """Puts into the tree what it takes to reach all that was ever reached; returns how many inputs that is."""
    with tempfile.TemporaryDirectory(prefix='lintel-fuzz-') as corpus:
        must([BUILD / f'fuzz-{target}', '-merge=1', f'-max_len={LONGEST}', corpus, SEEDS / target,
              BUILD / 'corpus' / target])
        inputs = [path.read_bytes() for path in Path(corpus).iterdir()]
    KEPT.mkdir(exist_ok=True)
    pack(KEPT / f'{target}.tar.xz', inputs)
    return len(inputs)


def command(target, corpus, options, folder=BUILD):
    """New inputs that reach something new go to `corpus`, one that fails to FOUND."""
    FOUND.mkdir(exist_ok=True)
    corpus.mkdir(parents=True, exist_ok=True)
    return [folder / f'fuzz-{target}', f'-max_len={LONGEST}', f'-artifact_prefix={FOUND}/{target}-', '-timeout=30',
            *options, corpus, SEEDS / target]


def explore(target, options, folder):
    """Goes on from what earlier runs have found; libFuzzer's progress appears as it comes."""
    return subprocess.run(command(target, BUILD / 'corpus' / target, options, folder), check=False).returncode


def repeat(target, options):
    """From the seeds alone, so that runs are alike. Returns the exit status and all that was printed."""
    with tempfile.TemporaryDirectory(prefix='lintel-fuzz-') as corpus:
        done = subprocess.run(command(target, Path(corpus), options), stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
    return done.returncode, done.stdout
