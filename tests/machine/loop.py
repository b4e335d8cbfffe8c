# SPDX-License-Identifier: Apache-2.0
"""Runs the emulator until the machine, the person, or the clock ends it, and moves bytes meanwhile."""

import os
import selectors
import time

from . import process, terminal

GRACE_OFF = 2  # seconds for the emulator to end by itself once the hypervisor says off
GRACE_SCRIPT = 30  # seconds for dom0 to power off once its script is done
GATHER = 0.01
CHUNK = 65536


class Loop:
    """`console` and `com1` take bytes; `ending` is asked after each of them whether the machine is at its end."""

    def __init__(self, emulator_process, serial, keyboard, limit):
        self.process, self.serial, self.keyboard = emulator_process, serial, keyboard
        self.deadline = time.monotonic() + limit if limit else None
        self.output = emulator_process.stdout.fileno()
        os.set_blocking(self.output, False)
        os.set_blocking(serial, False)

    def run(self, console, com1, ending, progress):
        """Returns how it ended: 'ended' by itself, 'stopped' as `ending` wanted, 'limit', or 'left'."""
        with selectors.DefaultSelector() as ready:
            ready.register(self.output, selectors.EVENT_READ)
            ready.register(self.serial, selectors.EVENT_READ)
            if self.keyboard is not None:
                ready.register(self.keyboard, selectors.EVENT_READ)
            how = self.wait(ready, console, com1, ending, progress)
        process.kill(self.process)
        # Whatever it wrote before it died is still in the pipes.
        self.drain(self.serial, com1)
        self.drain(self.output, console)
        return how

    def wait(self, ready, console, com1, ending, progress):
        stop_at = None
        while True:
            for key, _ in ready.select(0.25):
                if key.fd == self.keyboard:
                    if self.type():
                        return 'left'
                elif not self.pump(key.fd, console if key.fd == self.output else com1):
                    return 'ended'
            # The emulator hands over single bytes. Let some gather: a wake-up each would cost a core of the host.
            time.sleep(GATHER)
            progress()
            now = time.monotonic()
            if self.deadline and now >= self.deadline:
                return 'limit'
            if stop_at is None and (grace := ending()) is not None:
                stop_at = now + grace
            elif stop_at is not None and (grace := ending()) is not None:
                stop_at = min(stop_at, now + grace)  # a later word may want a faster end
            if stop_at is not None and now >= stop_at:
                return 'stopped'

    def pump(self, source, sink):
        """Passes on what is there. False at the end of the stream."""
        try:
            data = os.read(source, CHUNK)
        except BlockingIOError:
            return True
        if data:
            sink(data)
        return bool(data)

    def drain(self, source, sink):
        while True:
            try:
                data = os.read(source, CHUNK)
            except (BlockingIOError, OSError):
                return
            if not data:
                return
            sink(data)

    def type(self):
        keys = os.read(self.keyboard, CHUNK)
        if not keys or terminal.LEAVE in keys:
            return True
        os.write(self.serial, keys)
        return False
