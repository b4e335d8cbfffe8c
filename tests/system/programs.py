# SPDX-License-Identifier: Apache-2.0
"""Programs of the host for dom0, with the libraries they are linked to."""

import os
import re
import shutil
import subprocess

from images import newc

PATH = os.environ.get('PATH', os.defpath) + ':/usr/sbin:/sbin'


def collect(folder, *names):
    """Fills `folder`, which dom0 sees as /host; /host/NAME starts a program. None if one is not installed."""
    libraries = folder / 'lib'
    libraries.mkdir(parents=True, exist_ok=True)
    for name in names:
        program = shutil.which(name, path=PATH)
        if program is None:
            return None
        shutil.copy(program, folder / f'{name}.bin')
        listed = subprocess.run(['ldd', program], check=True, capture_output=True, text=True).stdout
        for path in re.findall(r'(/\S+) \(0x', listed):
            shutil.copy(path, libraries)  # follows links: dom0 needs the name that the program asks for
        write_start(folder, name)
    return folder


def write_start(folder, name):
    start = folder / name
    start.write_text('#!/bin/sh\nexec /host/lib/ld-linux-x86-64.so.2 --library-path /host/lib '
                     f'/host/{name}.bin "$@"\n')
    start.chmod(0o755)


USED_BY_FIO = r'lib(numa|z|m|aio|c)\.so|ld-linux'


def fio(folder):
    """As collect(), of fio, which Debian links to 80 MB of libraries of network storage. What a file or disk needs
    of them is kept; for the others there is one that has the names alone."""
    program = shutil.which('fio', path=PATH)
    if program is None:
        return None
    libraries = folder / 'lib'
    libraries.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, folder / 'fio.bin')
    listed = subprocess.run(['ldd', program], check=True, capture_output=True, text=True).stdout
    for path in re.findall(r'(/\S+) \(0x', listed):
        if re.search(USED_BY_FIO, path):
            shutil.copy(path, libraries)
    described = subprocess.run(['objdump', '-p', '-T', program], check=True, capture_output=True, text=True).stdout
    for name in re.findall(r'NEEDED\s+(\S+)', described):
        if not (libraries / name).exists():
            make_empty(libraries / name, described)
    write_start(folder, 'fio')
    return folder


def make_empty(library, described):
    """A library that has what a program wants of it, by objdump's description, in the versions that it wants."""
    part = re.search(rf'required from {re.escape(library.name)}:\n((?:\s+0x.*\n)+)', described)
    versions = re.findall(r'(\S+)\n', part[1]) if part else []
    wanted = re.findall(r' DF \*UND\*\s+0+ +\(?([^\s()]+)\)? +(\S+)\n', described)
    mine = [(version, name) for version, name in wanted if version in (*versions, 'Base')]
    source, script = library.with_suffix('.c'), library.with_suffix('.map')
    source.write_text(''.join(f'void {name}(void) {{ __builtin_trap(); }}\n' for _, name in mine))
    nodes = {node: ' '.join(f'{name};' for version, name in mine if version == node) for node in versions}
    script.write_text(''.join(f'{node} {{ global: {names} }};\n' for node, names in nodes.items()))
    options = [f'-Wl,--version-script={script}'] if versions else []
    subprocess.run(['cc', '-shared', '-nostdlib', '-w', *options, '-o', library, source], check=True)
    source.unlink()
    script.unlink()


def archive(folder):
    """The same for a guest: what makes its root file system have /host."""
    yield from map(newc.directory, ('host', 'host/lib'))
    for path in sorted(folder.rglob('*')):
        if path.is_file():
            yield newc.program(f'host/{path.relative_to(folder)}', path.read_bytes())
