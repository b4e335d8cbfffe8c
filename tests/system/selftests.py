# SPDX-License-Identifier: Apache-2.0
"""The kernel's own tests of x86 and of memory management, built from its source: which are run, and which not."""

import concurrent.futures
import os
import re
import shutil
import subprocess

from machine.options import TOP

TARBALL = '/usr/src/linux-source-6.1.tar.xz'
BUILD = TOP / 'build' / 'selftests'
TESTS = 'tools/testing/selftests'
PARTS = (f'{TESTS}/x86', f'{TESTS}/vm', f'{TESTS}/kselftest.h', f'{TESTS}/kselftest_harness.h',
         'arch/x86/include/asm/desc_defs.h')
FLAGS = ('-O2', '-w', '-static', '-s', '-no-pie', '-std=gnu99', '-pthread', '-mxsave', '-include', 'sys/syscall.h')
MORE = {'x86/check_initial_reg_state': ('-Wl,-ereal_start',), 'vm/memfd_secret': ('-lcap',)}

SECONDS = 60  # of the machine's time, that a program may take
WORDS = 'secretmem.enable=1'  # of the kernel's command line

# A program and its arguments, in this order. huge is a file system of huge pages, of which there are 256 MiB until
# `HUGE_END`.
RUN = (
    'x86/check_initial_reg_state', 'x86/corrupt_xstate_header', 'x86/fsgsbase', 'x86/fsgsbase_restore', 'x86/ioperm',
    'x86/iopl', 'x86/mov_ss_trap', 'x86/sigaltstack', 'x86/sigreturn', 'x86/sigtrap_loop', 'x86/single_step_syscall', 'x86/syscall_arg_fault',
    'x86/syscall_nt', 'x86/syscall_numbering', 'x86/sysret_rip', 'x86/test_mremap_vdso', 'x86/test_vsyscall',
    'vm/hugepage-mmap', 'vm/hugepage-mremap huge/mremap', 'vm/thuge-gen', 'vm/compaction_test',
    'vm/map_fixed_noreplace', 'vm/map_populate', 'vm/memfd_secret', 'vm/mrelease_test', 'vm/mremap_dontunmap',
    'vm/virtual_address_range',
)
HUGE_END = 'vm/thuge-gen'

# A kernel warns once, on the bare machine too, as the emulated processor traps after a SYSCALL that was single-stepped.
FORGIVEN = r'WARNING: CPU: \d+ PID: \d+ at arch/x86/kernel/traps\.c:\d+ exc_debug'

LEFT_OUT = {
    'no program by itself': 'x86/trivial_32bit_program x86/trivial_64bit_program x86/trivial_program vm/vm_util',
    'of 32-bit programs, which the kernel is built without':
        'x86/entry_from_vm86 x86/ldt_gdt x86/ptrace_syscall x86/sysret_ss_attrs x86/test_FCMOV x86/test_FCOMI '
        'x86/test_FISTTP x86/test_syscall_vdso x86/unwind_vdso x86/vdso_restorer',
    'the processor has no AMX, no protection keys, no five levels of page tables':
        'x86/amx vm/protection_keys vm/va_128TBswitch',
    'the kernel is built without PROC_PAGE_MONITOR, GUP_TEST, TEST_HMM, KSM, NUMA or what marks absent pages for '
    'userfaultfd': 'vm/hugepage-vmemmap vm/madv_populate vm/mlock-random-test vm/mlock2-tests '
                   'vm/khugepaged vm/soft-dirty vm/split_huge_page_test vm/gup_test vm/hmm-tests vm/ksm_tests '
                   'vm/migration vm/userfaultfd',
    'needs more than the memory of these guests': 'vm/mremap_test',
    'wants to be run by somebody else than root': 'vm/on-fault-limit',
    'does what vm/hugepage-mmap does, which writes 256 MiB byte by byte': 'vm/hugepage-shm vm/map_hugetlb',
    'fails on the bare machine, too, over the number of free huge pages': 'vm/hugetlb-madvise',
    'does not end by itself, or is a tool of a test': 'vm/transhuge-stress vm/write_to_hugetlbfs',
}


def programs():
    return [words.split()[0] for words in RUN]


def unnamed(source):
    """Programs that are there and on neither list, and such as are on both or on a list only."""
    there = {f'{folder}/{path.stem}' for folder in ('x86', 'vm') for path in (source / TESTS / folder).glob('*.c')}
    named = [*programs(), *(name for names in LEFT_OUT.values() for name in names.split())]
    return sorted(there.symmetric_difference(named)) + sorted({name for name in named if named.count(name) > 1})


def unpack():
    """The source, unpacked once for each version of the package."""
    folder = BUILD / str(os.stat(TARBALL).st_mtime_ns)
    if not folder.exists():
        part = BUILD / 'part'
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        subprocess.run(['tar', '-xJf', TARBALL, '-C', part, '--strip-components=1', '--wildcards',
                        *(f'linux-source-*/{name}' for name in PARTS)], check=True)
        part.rename(folder)
    return folder


def build(source, folder):
    """Fills `folder` with x86-NAME and vm-NAME."""
    folder.mkdir(parents=True)

    def compile_one(name):
        where, program = name.split('/')
        command = ['gcc', *FLAGS, '-I', source, f'{program}.c', *MORE.get(name, ()), '-lrt', '-ldl',
                   '-o', folder / f'{where}-{program}']
        subprocess.run(command, check=True, cwd=source / TESTS / where)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_one, programs()))
    return folder


def script():
    """Runs all; a line `@NAME STATUS UPTIME` for each, and what a program said that failed."""
    lines = ['ulimit -c 0; cd /tmp && mkdir huge && mount -t hugetlbfs none huge || exit 1',
             'echo 128 >/proc/sys/vm/nr_hugepages']
    for words in RUN:
        name, *arguments = words.split()
        program = f'/host/{name.replace("/", "-")}'
        limited = f'timeout -s KILL {SECONDS} {" ".join([program, *arguments])}'
        lines.append(f'{limited} </dev/null >/tmp/out 2>&1; status=$?; read uptime idle </proc/uptime')
        lines.append(f'[ $status = 0 ] || tail -n 20 /tmp/out; echo "@{name} $status $uptime"')
        if name == HUGE_END:
            lines.append('rm -f huge/*; echo 0 >/proc/sys/vm/nr_hugepages')
    return '\n'.join(lines) + '\ntrue\n'


def failed(console):
    """{program: exit status} of those that failed, 137 at its limit; None for one that was not reached."""
    ends = {name: int(status) for name, status in re.findall(r'(?m)^@(\w+/\S+) (\d+) [\d.]+\r?$', console)}
    return {name: ends.get(name) for name in programs() if ends.get(name) != 0}
