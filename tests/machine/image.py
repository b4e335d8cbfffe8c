# SPDX-License-Identifier: Apache-2.0
"""The boot CD: GRUB, the hypervisor, dom0's kernel and its initramfs.

GRUB is one image with its configuration inside: finding its modules on the CD would cost more than the boot.
"""

import subprocess

from . import initrd, status
from .options import NONE

MODULES = ('biosdisk', 'boot', 'echo', 'halt', 'iso9660', 'linux', 'multiboot2', 'serial', 'terminal')

# GRUB speaks on COM1. These lines bracket what it says; what follows belongs to whom it starts.
UP, START, FAILED = 'loader: up', 'loader: start', 'loader: failed'


def build(options, token, folder):
    """Leaves the CD in `folder` and returns its path."""
    content = folder / 'cd'
    boot = content / 'boot'
    boot.mkdir(parents=True)
    commands = native(options, token) if options.native else multiboot(options, token)
    link(options.kernel, boot / 'kernel')
    if not options.native:
        link(options.hypervisor, boot / 'lintel')
    if initrd.wanted(options):
        initrd.write(options, boot / 'initrd')

    configuration = folder / 'grub.cfg'
    # The short form of GRUB's shell has no `if`: the last two lines are reached when nothing could be started.
    configuration.write_text('\n'.join(['serial --unit=0 --speed=115200', 'terminal_output serial', f'echo {UP}',
                                        *commands, f'echo {START}', 'boot', f'echo {FAILED}', 'halt', '']))
    tool('grub-mkimage', '-O', 'i386-pc-eltorito', '-p', '/boot', '-c', configuration, '-o', boot / 'loader',
         *MODULES)
    cd = folder / 'cd.iso'
    tool('xorriso', '-as', 'mkisofs', '-quiet', '-r', '-o', cd, '-b', 'boot/loader', '-no-emul-boot',
         '-boot-load-size', '4', '-boot-info-table', '-follow-links', content)
    return cd


def multiboot(options, token):
    yield command('multiboot2', '/boot/lintel', 'console=e9', 'log=com1', f'dom0_mem={options.dom0_mem}M',
                  options.hv_append)
    if options.kernel != NONE:
        yield command('module2', '/boot/kernel', 'console=hvc0', 'quiet', 'panic=-1', f'lintel.token={token}',
                      options.append)
    if options.initrd != NONE:
        yield command('module2', '/boot/initrd')


def native(options, token):
    # The emulated CPU claims 3.5 GHz while its TSC runs at bochs.IPS; a kernel that measures nothing believes it.
    clock = () if options.machine == 'kvm' else ('tsc_early_khz=100000',)
    yield command('linux', '/boot/kernel', 'console=ttyS0,115200', 'quiet', 'panic=-1', *clock,
                  f'lintel.token={token}', options.append)
    if options.initrd != NONE:
        yield command('initrd', '/boot/initrd')


def command(*words):
    return ' '.join(word for word in words if word)


def link(source, target):
    if source != NONE:
        target.symlink_to(source)


def tool(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
    if done.returncode:
        lines = done.stdout.strip().splitlines() or ['no message']
        raise status.Failure(status.TROUBLE, f'{command[0]} could not build the boot CD: {lines[-1]}')
