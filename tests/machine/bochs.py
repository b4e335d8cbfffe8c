# SPDX-License-Identifier: Apache-2.0
"""The reference machine: Bochs, which emulates VMX with EPT in software."""

import os
import re
import shutil
import subprocess

from . import status
from .debugger import DebuggerFilter

IPS = 100_000_000  # emulated instructions per emulated second, and so the TSC's rate
HOST_MEMORY = 2048  # MiB; Bochs pages what exceeds it to a file
SHARE = '/usr/share/bochs'

# SDL's dummy driver needs no display and leaves standard output to the guest's port 0xe9. The VGA has no
# extensions because a loader or kernel that sets a 32 bpp mode would stop the emulator. Errors are not logged:
# each EPT violation is one.
CONFIGURATION = """\
display_library: sdl2
plugin_ctrl: speaker=0, parallel=0, gameport=0{plugins}
memory: guest={mem}, host={host_mem}
romimage: file={share}/BIOS-bochs-latest, options=fastboot
vgaromimage: file={share}/VGABIOS-lgpl-latest
vga: extension=none
cpu: model={model}, count={cpus}, ips={ips}, reset_on_triple_fault=0, ignore_bad_msrs=1
clock: sync=none, time0=utc
ata0-master: type=cdrom, path={cd}, status=inserted
boot: cdrom
com1: enabled=1, mode=term, dev={serial}
port_e9_hack: enabled=1
sound: driver=dummy
log: {log}
panic: action=fatal
error: action=ignore
info: action=report
debug: action=ignore
"""
DISK = 'ata{channel}-{role}: type=disk, mode=flat, path={path}\n'
# The network is inside the emulator: a host at 192.168.10.1 with DHCP and TFTP.
NET = """\
pci: enabled=1, chipset=i440fx, slot1=e1000
e1000: enabled=1, mac=52:54:00:12:34:56, ethmod=vnet, ethdev="{folder}"
"""
DISK_PLACES = ((0, 'slave'), (1, 'master'), (1, 'slave'))
PANIC = re.compile(r'>>PANIC<< (.*)')
EXIT_MESSAGE = re.compile(r'exiting with the following message:\n\[.*?\] (.*)')


class Bochs:
    def __init__(self, options, folder, cd, serial):
        self.cpus = options.cpus
        self.errors = folder / 'emulator.err'
        self.log = folder / 'bochs.log'
        text = CONFIGURATION.format(mem=options.mem, host_mem=min(options.mem, HOST_MEMORY), share=SHARE,
                                    model=options.cpu_model, cpus=options.cpus, ips=IPS, cd=cd, serial=serial,
                                    log=self.log, plugins=', e1000=1' if options.net else '')
        if options.net:
            (folder / 'net').symlink_to(options.net)  # whose name may hold what the configuration cannot
            text += NET.format(folder=folder / 'net')
        if options.disk:
            text += 'ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15\n'
        for path, (channel, role) in zip(options.disk, DISK_PLACES):
            text += DISK.format(channel=channel, role=role, path=path)
        (folder / 'bochsrc').write_text(text)
        (folder / 'start').write_text('c\n')  # Debian's Bochs starts in its debugger
        self.command = ['bochs', '-q', '-f', str(folder / 'bochsrc'), '-rc', str(folder / 'start')]
        self.environment = dict(os.environ, SDL_VIDEODRIVER='dummy', SDL_AUDIODRIVER='dummy')

    def filter(self, console):
        return DebuggerFilter(console, self.cpus)

    def powered_off(self):
        return 'ACPI control: soft power off' in self.text()

    def complaint(self):
        """Why it ended, in one line, for an end that nobody asked for."""
        said = PANIC.search(self.text()) or EXIT_MESSAGE.search(self.errors.read_text(errors='replace'))
        return said[1] if said else 'no reason in its log'

    def text(self):
        return self.log.read_text(errors='replace') if self.log.exists() else ''


def check(options):
    if shutil.which('bochs') is None:
        raise status.Failure(status.TROUBLE, 'bochs is not installed; run ./dev setup')
    listed = subprocess.run(['bochs', '--help', 'cpu'], capture_output=True, text=True, errors='replace')
    if options.cpu_model not in (listed.stdout + listed.stderr).split():
        raise status.Failure(status.USAGE, f"--cpu-model: Bochs has no CPU '{options.cpu_model}'; "
                             "'bochs --help cpu' lists them")
