# SPDX-License-Identifier: Apache-2.0
"""The build directory that counts: host tests and the hypervisor's image, with gcov's counters in both."""

import subprocess

from machine.options import TOP

FOLDER = TOP / 'build' / 'coverage'
IMAGE = FOLDER / 'tests' / 'coverage' / 'lintel-counting'
IMAGE_OBJECTS = FOLDER / 'tests' / 'coverage' / 'libcounting-objects.a.p'
HOST_TESTS = FOLDER / 'tests' / 'unit' / 'unit-tests'
HOST_OBJECTS = HOST_TESTS.with_name('unit-tests.p')

# The passes that GCC runs before it puts the counters in, and that would join lines or take them away. With
# -O1 and without them nearly every line keeps a counter, at a quarter of the time that -O0 takes.
EARLY_PASSES = ('early-inlining', 'tree-dce', 'tree-ccp', 'tree-forwprop', 'tree-copy-prop', 'tree-fre',
                'tree-phiprop', 'tree-sra', 'ssa-phiopt', 'tree-dse')


def build():
    if not (FOLDER / 'build.ninja').exists():
        flags = ' '.join(f'-fno-{name}' for name in EARLY_PASSES)
        subprocess.run(['meson', 'setup', FOLDER, TOP, '-Db_coverage=true', f'-Dcpp_args={flags}'], check=True,
                       stdout=subprocess.DEVNULL)
    targets = [target.relative_to(FOLDER) for target in (IMAGE, HOST_TESTS)]
    subprocess.run(['ninja', '-C', FOLDER, '--quiet', *targets], check=True)
