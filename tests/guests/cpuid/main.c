// SPDX-License-Identifier: Apache-2.0
// CPUID tells what there is, and hides what is the hypervisor's.
//
// Signature and hypervisor bit are there; VMX, SMX, MONITOR, the APIC and its timers, MTRRs,
// machine checks, performance monitoring, power management, SGX and tracing are not. The TSC
// frequency of leaf 0x15 is the one of the time record and of the information page. Undefined
// leaves are zero. User mode sees the same. Results clear the upper halves of the registers. Class:
// features that are shown and do not work, or hidden and do (XSA-278).
#include <lintel/cpuid.h>

#include "processor.h"
#include "result.h"
#include "trap.h"
#include "window.h"

static void expect_zero(uint32_t leaf, uint32_t subleaf)
{
    const struct cpuid r = cpuid(leaf, subleaf);
    if ((r.eax | r.ebx | r.ecx | r.edx) != 0)
        print("leaf %x.%u is %x %x %x %x", leaf, subleaf, r.eax, r.ebx, r.ecx, r.edx);
    expect_equal(r.eax | r.ebx | r.ecx | r.edx, 0);
}

static void check_own_leaves(void)
{
    expect_equal(cpuid(LINTEL_CPUID_SIGNATURE, 0).eax, LINTEL_CPUID_LAST);
    expect_equal(cpuid(LINTEL_CPUID_INFO, 0).eax, LINTEL_ABI_REVISION);
    expect_equal(cpuid(LINTEL_CPUID_INFO, 0).ebx, 0);
    expect_equal(cpuid(LINTEL_CPUID_VCPU, 0).eax, 0);
    expect_equal(cpuid(LINTEL_CPUID_VCPU, 0).ebx, info->tsc_khz);
    for (uint32_t leaf = LINTEL_CPUID_LAST + 1; leaf < LINTEL_CPUID_SIGNATURE + 0x200; ++leaf)
        expect_zero(leaf, 0);
}

static void check_features(void)
{
    const uint32_t hidden_ecx =
        1u << 2 | 1u << 3 | 1u << 5 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 15 | 1u << 21 | 1u << 24;
    const uint32_t hidden_edx = 1u << 9 | 1u << 12 | 1u << 14 | 1u << 21 | 1u << 22 | 1u << 29;
    const uint32_t osxsave = 1u << 27;
    expect(cpuid(1, 0).ecx >> 31 == 1);
    expect_equal(cpuid(1, 0).ecx & hidden_ecx, 0);
    expect_equal(cpuid(1, 0).edx & hidden_edx, 0);
    expect_equal(cpuid(1, 0).ecx & osxsave, 0);
    write_cr4(read_cr4() | 1u << 18);
    expect_equal(cpuid(1, 0).ecx & osxsave, osxsave);
    write_cr4(read_cr4() & ~(1ull << 18));
    const uint32_t sgx = 1u << 2, trace = 1u << 25;
    expect_equal(cpuid(7, 0).ebx & (sgx | trace), 0);
    static const uint32_t hidden_leaves[] = {3, 5, 6, 0xa, 0xf, 0x10, 0x12, 0x14, 0x17, 0x1000};
    for (unsigned i = 0; i < sizeof hidden_leaves / sizeof hidden_leaves[0]; ++i)
        for (uint32_t subleaf = 0; subleaf < 3; ++subleaf)
            expect_zero(hidden_leaves[i], subleaf);
    expect(cpuid(0, 0).eax <= 0x16);
    expect(cpuid(0x80000000, 0).eax <= 0x80000008);
    expect_zero(0x80000009, 0);
    expect_zero(0xffffffff, 0);
}

static void check_frequency(void)
{
    const struct cpuid clock = cpuid(0x15, 0);
    const uint64_t hz = (uint64_t)clock.ecx * clock.ebx / clock.eax;
    expect_equal(hz, info->tsc_khz * 1000);
    // What the record makes of one second of ticks.
    const int shift = time_record->tsc_shift;
    const uint64_t ticks = shift < 0 ? hz >> -shift : hz << shift;
    const uint64_t ns = (uint64_t)((unsigned __int128)ticks * time_record->tsc_to_system_mul >> 32);
    expect(ns > 999900000 && ns < 1000100000);
}

static struct cpuid in_user;
static void ask_in_user(void* unused)
{
    (void)unused;
    in_user = cpuid(LINTEL_CPUID_SIGNATURE, 0);
}

void test(void)
{
    check_own_leaves();
    check_features();
    check_frequency();
    expect_equal(in_user_mode(ask_in_user, NULL).vector, NO_FAULT);
    expect_equal(in_user.ebx, LINTEL_SIGNATURE_EBX);
    uint64_t a = ~0ull << 32 | LINTEL_CPUID_SIGNATURE, b = ~0ull, c = ~0ull << 32, d = ~0ull;
    asm volatile("cpuid" : "+a"(a), "+b"(b), "+c"(c), "+d"(d));
    expect_equal((a | b | c | d) >> 32, 0);
    expect_equal(b, LINTEL_SIGNATURE_EBX);
}
