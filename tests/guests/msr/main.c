// SPDX-License-Identifier: Apache-2.0
// Model-specific registers: what is not the guest's raises #GP, what is takes only legal values.
//
// All of both MSR ranges are read and, except for the guest's own, written. The guest's own are
// written with reserved bits and non-canonical addresses, which must raise #GP in the guest and not
// in the hypervisor, and with legal values, which must stick. Class: XSA-193 (non-canonical segment
// base), registers that nobody thought of.
#include "processor.h"
#include "result.h"
#include "trap.h"

enum {
    TSC = 0x10,
    MICROCODE = 0x8b,
    SYSENTER_CS = 0x174,
    SYSENTER_ESP = 0x175,
    SYSENTER_EIP = 0x176,
    ARCH_CAPABILITIES = 0x10a,
    MISC_ENABLE = 0x1a0,
    DEBUGCTL = 0x1d9,
    PAT = 0x277
};
#define EFER 0xc0000080
#define STAR 0xc0000081
#define LSTAR 0xc0000082
#define CSTAR 0xc0000083
#define SFMASK 0xc0000084
#define FS_BASE 0xc0000100
#define GS_BASE 0xc0000101
#define KERNEL_GS_BASE 0xc0000102
#define TSC_AUX 0xc0000103

static const uint32_t known[] = {
    TSC,    MICROCODE,   SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP,   DEBUGCTL,
    PAT,    MISC_ENABLE, EFER,        STAR,         LSTAR,          CSTAR,
    SFMASK, FS_BASE,     GS_BASE,     TSC_AUX,      KERNEL_GS_BASE, ARCH_CAPABILITIES};

struct access {
    uint32_t msr;
    uint64_t value;
};
static void read(void* argument)
{
    struct access* access = argument;
    access->value = read_msr(access->msr);
}
static void write(void* argument)
{
    const struct access* access = argument;
    write_msr(access->msr, access->value);
}

static bool is_known(uint32_t msr)
{
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; ++i)
        if (known[i] == msr)
            return true;
    return false;
}

static void scan(uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i) {
        struct access access = {first + i, 0};
        const unsigned wanted = is_known(access.msr) ? NO_FAULT : VECTOR_GP;
        const unsigned got = in_kernel(read, &access).vector;
        access.value = 0;
        const unsigned written = is_known(access.msr) ? wanted : in_kernel(write, &access).vector;
        if (got != wanted || written != wanted)
            print("MSR %x: read gives vector %u, write %u", access.msr, got, written);
        expect(got == wanted && written == wanted);
    }
}

static void refused(uint32_t msr, uint64_t value)
{
    struct access before = {msr, 0}, access = {msr, value};
    in_kernel(read, &before);
    const struct fault fault = in_kernel(write, &access);
    if (fault.vector != VECTOR_GP)
        print("MSR %x takes %lx", msr, value);
    expect_equal(fault.vector, VECTOR_GP);
    expect_equal(fault.error, 0);
    in_kernel(read, &access);
    expect_equal(access.value, before.value);
}

static void taken(uint32_t msr, uint64_t value)
{
    struct access before = {msr, 0}, access = {msr, value};
    in_kernel(read, &before);
    expect_equal(in_kernel(write, &access).vector, NO_FAULT);
    access.value = ~value;
    in_kernel(read, &access);
    expect_equal(access.value, value);
    in_kernel(write, &before);
}

void test(void)
{
    scan(0, 0x2000);
    scan(0xc0000000, 0x2000);
    scan(0x2000, 4);
    scan(0x40000000, 0x20);
    scan(0xc0002000, 4);
    scan(0xc0010000, 0x20);
    scan(0xfffffffc, 4);

    static const uint32_t addresses[] = {LSTAR,          CSTAR,        FS_BASE,     GS_BASE,
                                         KERNEL_GS_BASE, SYSENTER_ESP, SYSENTER_EIP};
    for (unsigned i = 0; i < sizeof addresses / sizeof addresses[0]; ++i) {
        refused(addresses[i], 0x8000000000000000);
        refused(addresses[i], 0x0000800000000000);
        refused(addresses[i], 0xffff7fffffffffff);
        taken(addresses[i], 0xffff800000000000);
        taken(addresses[i], 0x00007fffffffffff);
    }
    taken(STAR, 0x0123456789abcdef);
    taken(SFMASK, 0x47700);
    taken(TSC_AUX, 0xffffffff);

    const uint64_t efer = read_msr(EFER), lme = 1u << 8, lma = 1u << 10, nxe = 1u << 11, sce = 1;
    for (unsigned bit = 0; bit < 64; ++bit)
        if (((sce | lme | lma | nxe) >> bit & 1) == 0)
            refused(EFER, efer | 1ull << bit);
    refused(EFER, efer & ~lme);
    taken(EFER, efer ^ sce);
    taken(EFER, efer ^ nxe);

    refused(PAT, 0x0007040600070402); // type 2 does not exist
    refused(PAT, 0x0807040600070406);
    taken(PAT, 0x0007010600070106);
    taken(DEBUGCTL, 2); // single-step on branches
    for (unsigned bit = 0; bit < 64; ++bit)
        if (bit != 1)
            refused(DEBUGCTL, 1ull << bit);
    refused(ARCH_CAPABILITIES, 0);
    struct access access = {TSC, 0};
    expect_equal(in_kernel(write, &access).vector, VECTOR_GP);

    access = (struct access){EFER, read_msr(EFER)};
    expect_equal(in_user_mode(read, &access).vector, VECTOR_GP);
    expect_equal(in_user_mode(write, &access).vector, VECTOR_GP);
}
