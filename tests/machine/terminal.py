# SPDX-License-Identifier: Apache-2.0
"""The person's terminal while dom0's console is on it: every key goes to dom0, one of them leaves."""

import contextlib
import os
import sys
import termios
import tty

LEAVE = b'\x1d'  # Ctrl-], as in telnet


def present():
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextlib.contextmanager
def raw():
    """Keys arrive one by one and unechoed; output keeps its line ends, since log lines have bare ones."""
    before = termios.tcgetattr(0)
    try:
        tty.setraw(0)
        mode = termios.tcgetattr(0)
        mode[1] = before[1]
        termios.tcsetattr(0, termios.TCSANOW, mode)
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


@contextlib.contextmanager
def serial_line():
    """A pseudo terminal for COM1: yields our end's descriptor and the path of the emulator's end."""
    ours, theirs = os.openpty()
    try:
        # Before the emulator opens it: otherwise the first characters come back as input.
        tty.setraw(theirs)
        yield ours, os.ttyname(theirs)
    finally:
        # Held open till now, so that reading never fails because the emulator closed its end.
        os.close(theirs)
        os.close(ours)
