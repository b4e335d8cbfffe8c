# SPDX-License-Identifier: Apache-2.0
"""Programs of the host for dom0, with the libraries they are linked to."""

import os
import re
import shutil
import subprocess

PATH = os.environ.get('PATH', os.defpath) + ':/usr/sbin:/sbin'


def collect(folder, *names):
    """Fills `folder`, which dom0 sees as /host; /host/NAME starts a program. None if one is not installed."""
    libraries = folder / 'lib'
    libraries.mkdir(parents=True)
    for name in names:
        program = shutil.which(name, path=PATH)
        if program is None:
            return None
        shutil.copy(program, folder / f'{name}.bin')
        listed = subprocess.run(['ldd', program], check=True, capture_output=True, text=True).stdout
        for path in re.findall(r'(/\S+) \(0x', listed):
            shutil.copy(path, libraries)  # follows links: dom0 needs the name that the program asks for
        start = folder / name
        start.write_text('#!/bin/sh\nexec /host/lib/ld-linux-x86-64.so.2 --library-path /host/lib '
                         f'/host/{name}.bin "$@"\n')
        start.chmod(0o755)
    return folder
