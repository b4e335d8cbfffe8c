# SPDX-License-Identifier: Apache-2.0
"""QEMU with KVM, for hosts that offer VMX. Best effort: nobody has run it on such a host."""

import os
import re
from pathlib import Path

from . import status


class Unfiltered:
    def __init__(self, feed):
        self.feed = feed

    def end(self):
        pass


class Qemu:
    def __init__(self, options, folder, cd, serial):
        self.errors = folder / 'emulator.err'
        self.command = ['qemu-system-x86_64', '-accel', 'kvm', '-cpu', 'host', '-m', str(options.mem),
                        '-smp', str(options.cpus), '-nodefaults', '-vga', 'std', '-display', 'none', '-no-reboot',
                        '-chardev', f'serial,id=com1,path={serial}', '-serial', 'chardev:com1',
                        '-chardev', 'stdio,id=console,signal=off', '-device',
                        'isa-debugcon,iobase=0xe9,chardev=console', '-cdrom', str(cd), '-boot', 'd']
        for path in options.disk:
            self.command += ['-drive', f'file={path},format=raw,if=ide']
        if options.net:
            self.command += ['-nic', 'user,model=e1000,net=192.168.10.0/24,host=192.168.10.1,'
                             f'dhcpstart=192.168.10.15,tftp={options.net}']
        self.environment = dict(os.environ)

    def filter(self, console):
        return Unfiltered(console)

    def powered_off(self):
        return self.complaint() is None

    def complaint(self):
        lines = self.errors.read_text(errors='replace').strip().splitlines() if self.errors.exists() else []
        return lines[-1] if lines else None


def check(_options):
    flags = re.search(r'^flags\s*:(.*)$', Path('/proc/cpuinfo').read_text(), re.M)
    if not flags or 'vmx' not in flags[1].split():
        raise status.Failure(status.TROUBLE, '--machine kvm: this host\'s CPU offers no VMX; use --machine bochs')
    nested = Path('/sys/module/kvm_intel/parameters/nested')
    if not nested.exists() or nested.read_text().strip() not in ('1', 'Y'):
        raise status.Failure(status.TROUBLE, '--machine kvm: KVM hands no VMX on; load kvm_intel with nested=1')
    if not os.access('/dev/kvm', os.R_OK | os.W_OK):
        raise status.Failure(status.TROUBLE, '--machine kvm: /dev/kvm cannot be opened; join the group kvm')
