# SPDX-License-Identifier: Apache-2.0
"""stress-ng for dom0: Debian's program with the libraries it is linked to, in a directory for --add."""

import re
import shutil
import subprocess


def collect(folder):
    """Fills `folder`, which dom0 sees as /host; /host/stress-ng starts it. None without the program."""
    program = shutil.which('stress-ng')
    if program is None:
        return None
    libraries = folder / 'lib'
    libraries.mkdir(parents=True)
    shutil.copy(program, folder / 'stress-ng.bin')
    listed = subprocess.run(['ldd', program], check=True, capture_output=True, text=True).stdout
    for path in re.findall(r'(/\S+) \(0x', listed):
        shutil.copy(path, libraries)  # follows links: dom0 needs the name that the program asks for
    start = folder / 'stress-ng'
    start.write_text('#!/bin/sh\nexec /host/lib/ld-linux-x86-64.so.2 --library-path /host/lib '
                     '/host/stress-ng.bin "$@"\n')
    start.chmod(0o755)
    return folder
