# SPDX-License-Identifier: Apache-2.0
"""Writes the cpio format of Linux's initramfs ("newc"): the same content gives the same bytes.

Times, owners and inode numbers are fixed, and directories are read in sorted order.
Format: Documentation/driver-api/early-userspace/buffer-format.rst in Linux.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

ALIGNMENT = 4


@dataclass
class Entry:
    name: str
    mode: int
    data: bytes = b''
    device: tuple[int, int] = (0, 0)


def directory(name):
    return Entry(name, stat.S_IFDIR | 0o755)


def program(name, data):
    return Entry(name, stat.S_IFREG | 0o755, data)


def file(name, data):
    return Entry(name, stat.S_IFREG | 0o644, data)


def text(name, content):
    return Entry(name, stat.S_IFREG | 0o644, content.encode())


def link(name, target):
    return Entry(name, stat.S_IFLNK | 0o777, os.fsencode(target))


def console(name):
    return Entry(name, stat.S_IFCHR | 0o600, device=(5, 1))


def tree(source, prefix):
    """Everything below `source`, with its permissions, under `prefix`. Sockets and the like are left out."""
    yield directory(prefix)
    for path in sorted(Path(source).rglob('*')):
        name = f'{prefix}/{path.relative_to(source)}'
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield link(name, os.readlink(path))
        elif stat.S_ISDIR(mode):
            yield Entry(name, mode)
        elif stat.S_ISREG(mode):
            yield Entry(name, mode, path.read_bytes())


def padded(data):
    return data + bytes(-len(data) % ALIGNMENT)


def record(entry, inode):
    name = os.fsencode(entry.name) + b'\0'
    fields = (inode, entry.mode, 0, 0, 1, 0, len(entry.data), 0, 0, *entry.device, len(name), 0)
    header = b'070701' + b''.join(b'%08x' % field for field in fields)
    return padded(header + name) + padded(entry.data)


def archive(entries):
    records = [record(entry, inode) for inode, entry in enumerate(entries, 1)]
    return b''.join(records) + record(Entry('TRAILER!!!', 0), 0)
