// SPDX-License-Identifier: Apache-2.0
// Exits from 32-bit and 16-bit code.
//
// CPUID, RDMSR, WRMSR, MOV to CR0 and CR4, IN, OUT, XSETBV and HLT's kin leave the guest from
// compatibility mode and from protected mode with paging off as well. There the instruction pointer
// and the operands have 32 bits: each must do what it does in 64-bit mode, step over itself, and
// take no notice of what the upper halves of the registers held. Class: XSA-454 (upper halves of
// registers in 32-bit code).
#include <lintel/cpuid.h>

#include "modes.h"
#include "processor.h"
#include "result.h"

void exits_32(void);
uint32_t found[8]; // filled by main.S
void in_compatibility_mode_dirty(void (*code)(void));

static void check(const char* mode)
{
    if (found[7] != 1)
        print("%s", mode);
    expect_equal(found[0], LINTEL_SIGNATURE_EBX);
    expect_equal(found[1] & 0x101, 0x101 & found[1]); // EFER, low half
    expect_equal(found[2] & 0xff, 0xff);              // a refused port
    expect_equal(found[3] & 0x40, 0x40);              // CR4.MCE as set
    expect_equal(found[4] & 0x20, 0x20);              // CR0.NE as set
    expect_equal(found[5], 2);                        // DEBUGCTL.BTF as written
    expect_equal(found[7], 1);                        // reached the end
    for (unsigned i = 0; i < 8; ++i)
        found[i] = 0;
}

void test(void)
{
    const uint64_t cr0 = read_cr0(), cr4 = read_cr4();
    in_compatibility_mode(exits_32);
    check("compatibility mode");
    in_compatibility_mode_dirty(exits_32);
    check("compatibility mode, upper halves set");
    in_protected_mode(exits_32);
    check("protected mode");
    expect_equal(read_cr0(), cr0);
    expect_equal(read_cr4(), cr4);
    expect_equal(read_msr(0x1d9), 0);
}
