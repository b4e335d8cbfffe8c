# SPDX-License-Identifier: Apache-2.0
"""One run of the machine: from checked options to an exit status."""

import contextlib
import secrets
import sys
import tempfile
from pathlib import Path

from . import bochs, image, loop, process, qemu, status, terminal, watch
from .console import Console
from .options import NONE
from .progress import Progress

EMULATORS = {'bochs': (bochs, bochs.Bochs), 'kvm': (qemu, qemu.Qemu)}
DEFAULT_LIMIT = 600


def write_console(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


@contextlib.contextmanager
def log_writer(target):
    if target is None:
        yield lambda text: None
    elif target == '-':
        yield lambda text: print(text, end='', file=sys.stderr, flush=True)
    else:
        with open(target, 'w', buffering=1, encoding='utf-8') as file:
            yield file.write


class Run:
    def __init__(self, options, write_log):
        self.options = options
        self.token = secrets.token_hex(8)
        self.interactive = terminal.present() and not options.script
        self.console = Console(write_console, self.token, raw=self.interactive)
        self.log = watch.HypervisorLog(write_log)
        self.loader = watch.Loader(self.console.feed if options.native else self.log.feed)
        self.limit = options.timeout or (None if self.interactive else DEFAULT_LIMIT)

    def go(self, folder):
        module, emulator_class = EMULATORS[self.options.machine]
        module.check(self.options)
        cd = image.build(self.options, self.token, folder)
        with contextlib.ExitStack() as stack:
            serial, path = stack.enter_context(terminal.serial_line())
            emulator = emulator_class(self.options, folder, cd, path)
            started = stack.enter_context(process.started(emulator, folder))
            if self.interactive:
                print('dev: your keys go to dom0; Ctrl-] leaves and ends the machine', file=sys.stderr)
                stack.enter_context(terminal.raw())
            progress = Progress(f'booting {self.options.cpus} CPU(s), {self.options.mem} MiB, '
                                f'{"native" if self.options.native else "Lintel"}')
            # A native run has its console on COM1; the emulator's output carries nothing then.
            output = emulator.filter((lambda data: None) if self.options.native else self.console.feed)

            def tick():
                if self.console.anything:
                    progress.done()
                progress.tick()

            machine = loop.Loop(started, serial, 0 if self.interactive else None, self.limit)
            how = machine.run(output.feed, self.loader.feed, self.ending, tick)
            progress.done()
            output.end()
            self.console.end()
        return self.verdict(how, emulator)

    def ending(self):
        """Seconds until the emulator is to be killed, once there is reason to."""
        if self.log.end:
            return loop.GRACE_OFF if self.log.end[0] == 'off' else 0
        if self.loader.failed or self.restarted():
            return 0
        if self.console.script_status is not None:
            return loop.GRACE_SCRIPT
        return None

    def restarted(self):
        return self.loader.again or (self.options.native and self.console.restarting)

    def last_seen(self):
        if not self.loader.started:
            return 'the boot loader was still at work'
        if self.log.tail:
            return f'the hypervisor last said: {self.log.tail[-1]}'
        return 'the console had output' if self.console.anything else 'nothing had been printed'

    def verdict(self, how, emulator):
        kind, reason = self.log.end or (None, '')
        if kind == 'panic':
            print('\n'.join(self.log.tail), file=sys.stderr)
            raise status.Failure(status.PANIC, f'hypervisor panic: {reason}')
        if kind == 'halt':
            raise status.Failure(status.HALT, f'the machine halted: {reason}')
        if how == 'left':
            return status.SUCCESS
        if how == 'limit':
            raise status.Failure(status.TIME_LIMIT, f'time limit of {self.limit} s reached; {self.last_seen()}')
        if self.loader.failed:
            first, *_ = self.loader.errors or ['no reason given']
            raise status.Failure(status.TROUBLE, f'the boot loader started nothing: {first}')
        if self.options.native and self.console.panic:
            raise status.Failure(status.HALT, f'dom0 crashed: {self.console.panic}')
        finished = kind or self.restarted() or emulator.powered_off()
        if not finished and how == 'ended':
            raise status.Failure(status.TROUBLE, f'{self.options.machine} ended by itself: {emulator.complaint()}')
        if not finished:
            raise status.Failure(status.TROUBLE, f'dom0 finished its script, but the machine was still on '
                                 f'{loop.GRACE_SCRIPT} s later')
        if not self.options.script:
            return status.SUCCESS
        if self.console.script_status is None:
            raise status.Failure(status.TROUBLE, 'the machine ended before the script did, '
                                 'so there is no exit status')
        return self.console.script_status


def run(options):
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='lintel-run-')))
        write_log = stack.enter_context(log_writer(options.hv_log))
        if options.machine == 'kvm':
            print('dev: --machine kvm is untested', file=sys.stderr)
        if not options.native and options.kernel == NONE:
            print('dev: booting without a kernel', file=sys.stderr)
        return Run(options, write_log).go(folder)
