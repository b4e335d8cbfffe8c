# SPDX-License-Identifier: Apache-2.0
"""No flag that the environment or Meson's options bring along reaches the image.

flags.py SOURCE IMAGE VARIANT: configures and builds the image a second time, with flags of a kind
that people and distributions set, and compares it with IMAGE byte by byte.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

# What somebody may try: every one of these changes code if it gets through.
HOSTILE = '''-O0 -g3 -march=haswell -mavx2 -mbmi2 -mlzcnt -msse4.2 -mtune=atom -fsanitize=address,undefined
    -fstack-protector-all -fexceptions -fasynchronous-unwind-tables -ffast-math -ftrapv -fprofile-arcs
    -ftest-coverage -finstrument-functions -fno-inline -funroll-loops -fomit-frame-pointer -fcommon
    -fno-strict-aliasing -ftrivial-auto-var-init=pattern -DNDEBUG'''

# Flags for packages of Debian, Fedora and Arch, together.
DISTRIBUTION = '''-O3 -g -pipe -flto=auto -ffat-lto-objects -march=x86-64-v2 -mtune=generic -fexceptions -fno-plt
    -Wformat -Werror=format-security -Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=3 -Wp,-D_GLIBCXX_ASSERTIONS
    -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong -fstack-clash-protection
    -fasynchronous-unwind-tables -fcf-protection -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer
    -fPIE -fzero-call-used-regs=used-gpr'''
DISTRIBUTION_LINK = '''-Wl,-z,relro -Wl,-z,now -Wl,-z,pack-relative-relocs -Wl,--as-needed -Wl,-O1 -Wl,--sort-common
    -Wl,--build-id=sha1 -Wl,--hash-style=gnu -pie -flto=auto'''

VARIANTS = {
    'hostile': (HOSTILE, '-fsanitize=address,undefined -Wl,-z,execstack -Wl,--build-id',
                ['-Db_sanitize=address,undefined', '-Db_coverage=true', '--buildtype=debug']),
    'distribution': (DISTRIBUTION, DISTRIBUTION_LINK,
                     ['--buildtype=release', '-Db_lto=true', '-Db_pie=true', '-Db_ndebug=true']),
    'none': ('', '', ['--buildtype=plain']),
}


def run(command, environment):
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(done.stdout + f'\n{command[0]} failed')


def build(source, folder, variant):
    compile_flags, link_flags, options = VARIANTS[variant]
    environment = {**os.environ, 'CFLAGS': compile_flags, 'CXXFLAGS': compile_flags, 'LDFLAGS': link_flags}
    for flags in ('CFLAGS', 'CXXFLAGS', 'LDFLAGS'):
        environment[flags] = ' '.join(environment[flags].split())
    run(['meson', 'setup', *options, folder, source], environment)
    run(['ninja', '-C', folder, 'hypervisor/lintel'], environment)
    return pathlib.Path(folder, 'hypervisor/lintel').read_bytes()


def first_difference(ours, theirs):
    return next((at for at, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))


def changed_since(source, image):
    """Sources that the image may not have been built from."""
    built = pathlib.Path(image).stat().st_mtime
    files = [path for folder in ('hypervisor', 'pvabi') for path in pathlib.Path(source, folder).rglob('*')]
    return sorted(str(path.relative_to(source)) for path in files if path.stat().st_mtime > built)


def main():
    source, image, variant = sys.argv[1:]
    ours = pathlib.Path(image).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        theirs = build(source, folder, variant)
    if ours != theirs:
        at = first_difference(ours, theirs)
        if newer := changed_since(source, image):
            sys.exit(f'{variant}: the images differ, but {newer[0]} is newer than the image: build first')
        sys.exit(f'{variant}: the images differ from byte {at:#x} on ({len(ours)} and {len(theirs)} bytes): '
                 'a flag gets through, see image_flags and link_flags in hypervisor/meson.build')
    print(f'{variant}: the same {len(ours)} bytes')


if __name__ == '__main__':
    main()
