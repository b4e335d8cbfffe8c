# SPDX-License-Identifier: Apache-2.0
"""A program for each ring. The peers' sources come from their Debian packages and are in no other place."""

import shutil
import subprocess
from pathlib import Path

from bench.command import TOP, Failure, say

HERE = Path(__file__).resolve().parent
PROGRAM = HERE / 'program'
BUILD = TOP / 'build' / 'bench-ring'
KERNEL = Path('/usr/src/linux-source-6.1.tar.xz')
RINGTEST = 'tools/virtio/ringtest'
XEN = Path('/usr/include/xen/io/ring.h')
FLAGS = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread']

# name: what it is called
RINGS = {
    'lintel': 'Lintel',
    'index': 'Lintel, producer index',
    'packed': 'packed',
    'split': 'split',
    'split-inorder': 'split, in order',
    'xen': 'Xen',
    'dpdk': 'rte_ring',
}
OURS = {'lintel', 'index'}
# The target is held against these. rte_ring is none: it knows no notifications.
DESCRIPTOR_RINGS = ('packed', 'split', 'split-inorder', 'xen')


def run(command, what):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise Failure(f'{what} failed\n{done.stderr}')
    return done.stdout


def ringtest():
    """The folder of the kernel's ringtest, unpacked once for each version of the package."""
    if not KERNEL.exists():
        raise Failure(f'{KERNEL} is missing: the package linux-source-6.1 has it')
    folder = BUILD / f'ringtest-{KERNEL.stat().st_mtime_ns}'
    if not folder.exists():
        say('unpacking ringtest')
        part = BUILD / 'part'
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        run(['tar', '-xJf', KERNEL, '-C', part, '--wildcards', '--strip-components=4', f'*/{RINGTEST}/*'], 'tar')
        part.rename(folder)
    return folder


def dpdk():
    """Flags to compile and to link with, or None."""
    found = subprocess.run(['pkg-config', '--cflags', 'libdpdk'], capture_output=True, text=True)
    if found.returncode:
        return None
    system = [word.replace('-I', '-isystem', 1) if word.startswith('-I') else word for word in found.stdout.split()]
    return [*system, '-Wno-unused-function'], ['-lrte_ring', '-lrte_eal']


def programs():
    """({ring: program}, {ring that is left out: why})."""
    BUILD.mkdir(parents=True, exist_ok=True)
    extra = {ring: ([], []) for ring in RINGS}
    kernel = ['-isystem', ringtest()]
    extra |= {ring: (kernel, []) for ring in ('packed', 'split', 'split-inorder')}
    if not XEN.exists():
        raise Failure(f'{XEN} is missing: the package libxen-dev has it')
    left_out = {}
    extra['dpdk'] = dpdk()
    if extra['dpdk'] is None:
        del extra['dpdk']
        left_out['dpdk'] = 'apt-get install libdpdk-dev brings it'
    for ring, (compile_flags, link_flags) in extra.items():
        run(['gcc', *FLAGS, '-I', PROGRAM, '-I', TOP / 'pvabi/include', *compile_flags,
             f'-DRING="peers/{ring}.h"', PROGRAM / 'main.c', '-o', BUILD / ring, *link_flags], f'compiling {ring}')
    return {ring: BUILD / ring for ring in extra}, left_out
