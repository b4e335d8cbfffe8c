# SPDX-License-Identifier: Apache-2.0
"""The command line of `./dev run`."""

import argparse
import os
import re
from pathlib import Path

from . import status

TOP = Path(__file__).resolve().parents[2]
NONE = 'none'  # instead of a file name: boot without that piece

EXIT_STATUSES = """\
exit status: that of the script, or 0 when the machine powered off or rebooted by itself; else
    2  wrong option or missing file      124  time limit reached
   70  hypervisor panic                  125  the emulator or a tool failed
   71  the machine halted with a reason: the hypervisor refused to boot, or dom0 crashed
"""


class Parser(argparse.ArgumentParser):
    def error(self, message):  # argparse would print the whole usage; the line that matters would scroll away
        raise status.Failure(status.USAGE, f'{message} (./dev run --help lists the options)')


def number(low, high):
    def parse(text):
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number from {low} to {high}")
        return int(text)
    return parse


def file(text):
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"'{text}' is not a file")
    if not os.access(path, os.R_OK):
        raise argparse.ArgumentTypeError(f"'{text}' cannot be read")
    return path.resolve()


def disk(text):
    path = file(text)
    size = path.stat().st_size
    if size == 0 or size % 512:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of 512-byte sectors long")
    return path


def cpu_model(text):
    # It lands in Bochs's configuration, where a comma or a line end would begin something else.
    if not re.fullmatch('[a-z0-9_]+', text):
        raise argparse.ArgumentTypeError(f"'{text}' is not the name of a CPU; 'bochs --help cpu' lists them")
    return text


def file_or_none(text):
    return NONE if text == NONE else file(text)


def directory(text):
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"'{text}' is not a directory")
    return path.resolve()


def word(text):
    # GRUB's configuration carries these; a quote or a line end would change what it means.
    if any(c in text for c in '\'"\\\n$') or not text.isprintable():
        raise argparse.ArgumentTypeError('quotes, backslashes, dollar signs and line ends cannot be passed on')
    return text


def log_target(text):
    if text != '-' and not Path(text).absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"'{text}' is in a directory that does not exist")
    return text


def parser():
    p = Parser(prog='./dev run', formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
               description='Boots the emulated machine with dom0\'s console on standard output.',
               epilog=EXIT_STATUSES)
    p.add_argument('--cpus', type=number(1, 8), default=1, metavar='N', help='CPUs of the machine (1)')
    p.add_argument('--mem', type=number(16, 8192), default=1024, metavar='MIB', help='its memory (1024)')
    p.add_argument('--dom0-mem', type=number(1, 1 << 20), default=512, metavar='MIB', help='dom0\'s share (512)')
    p.add_argument('--kernel', type=file_or_none, metavar='FILE', help='PVH ELF to run as dom0; with --native a '
                   f'bzImage; \'{NONE}\' for no kernel')
    p.add_argument('--initrd', type=file_or_none, metavar='FILE', help=f'dom0\'s initramfs, or \'{NONE}\'')
    p.add_argument('--guests', action='store_true', help='give dom0 lintel, linteld, and a kernel and a root file '
                   'system for guests')
    p.add_argument('--add', type=directory, metavar='DIR', help='put the content of DIR into dom0 under /host')
    p.add_argument('--script', type=file, metavar='FILE', help='run it in dom0, power off, return its exit status')
    p.add_argument('--append', type=word, default='', metavar='STR', help='more words for the kernel command line')
    p.add_argument('--disk', type=disk, action='append', default=[], metavar='FILE',
                   help='attach an image as an ATA disk (up to three times)')
    p.add_argument('--net', type=directory, metavar='DIR', help='an e1000 network card; the host 192.168.10.1 '
                   'answers DHCP, ping, and TFTP from DIR')
    p.add_argument('--native', action='store_true', help='boot the same kernel without the hypervisor')
    p.add_argument('--timeout', type=number(1, 1 << 20), metavar='SEC',
                   help='time limit (600; none at a terminal)')
    p.add_argument('--hv-log', type=log_target, metavar='FILE', help='keep the hypervisor\'s log; - prints it on '
                   'standard error')
    p.add_argument('--machine', choices=('bochs', 'kvm'), default='bochs', help='bochs, or QEMU with KVM (untested)')
    advanced = p.add_argument_group('advanced')
    advanced.add_argument('--cpu-model', type=cpu_model, default='corei7_skylake_x', metavar='NAME',
                          help='another CPU of Bochs: \'bochs --help cpu\' lists them')
    advanced.add_argument('--hv-append', type=word, default='', metavar='STR', help='more words for the hypervisor')
    advanced.add_argument('--hypervisor', type=file, metavar='FILE', help='another hypervisor image')
    return p


def built(path, what):
    if not path.is_file():
        raise status.Failure(status.USAGE, f'{what} is not built: {path.relative_to(TOP)} is missing; '
                             'run ./dev build')
    return path


def parse(arguments):
    options = parser().parse_args(arguments)
    if len(options.disk) > 3:
        raise status.Failure(status.USAGE, 'the machine has room for three disks; give --disk at most three times')
    if options.initrd == NONE and (options.script or options.add or options.guests):
        raise status.Failure(status.USAGE, '--script, --add and --guests need an initramfs; drop --initrd none')
    build = TOP / 'build'
    if options.kernel is None:
        options.kernel = built(build / 'kernel' / ('bzImage' if options.native else 'vmlinux'), 'the kernel')
    if options.native:
        check_native(options.kernel)
    if options.initrd is None:
        options.initrd = built(build / 'images' / 'dom0.cpio', 'dom0\'s initramfs')
    if options.guests:
        options.guests = built(build / 'images' / 'guests.cpio', 'what dom0 runs guests with')
    if not options.native and options.hypervisor is None:
        options.hypervisor = built(build / 'hypervisor' / 'lintel', 'the hypervisor')
    return options


def check_native(kernel):
    if kernel == NONE:
        raise status.Failure(status.USAGE, '--native needs a kernel; drop --kernel none')
    with open(kernel, 'rb') as image:
        if image.read(0x206)[0x202:] != b'HdrS':
            raise status.Failure(status.USAGE, f'--native boots a bzImage, which {kernel} is not')
