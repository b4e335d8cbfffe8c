// SPDX-License-Identifier: Apache-2.0
// A vCPU started where nothing can run.
//
// What RIP and CR3 lead to is not looked at: an unmapped RIP, an empty PML4, and one in the
// hypervisor's memory or in no memory at all must each be the end of the domain, with the reason
// that fits, while vCPU 0 spins or sleeps with interrupts off. Class: guest-made state at VM entry;
// a domain that dies on another processor than its other vCPUs.
#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "smp.h"

#define VARIANT_OF(name) __attribute__((unused)) static void name(void)

static void start(uint64_t rip, uint64_t cr3)
{
    expect_equal(vcpu_start_at(1, rip, 0, 0, cr3), 0);
}
static void sleep_on(void)
{
    for (unsigned i = 0; i < 10; ++i)
        asm volatile("cli\n hlt");
}
static void spin_on(void)
{
    spin_for(3000000000);
}
static void code(void) {}

VARIANT_OF(rip)
{
    about_to_die("triple fault");
    start(FREE_VIRTUAL, read_cr3());
    sleep_on();
}
VARIANT_OF(empty_tables)
{
    static uint64_t table[512] __attribute__((aligned(4096)));
    about_to_die("triple fault");
    start((uintptr_t)code, (uintptr_t)table);
    spin_on();
}
VARIANT_OF(foreign_tables)
{
    about_to_die("access to guest-physical memory it does not have");
    start((uintptr_t)code, 0x100000);
    spin_on();
}
VARIANT_OF(absent_tables)
{
    const unsigned width = cpuid(0x80000008, 0).eax & 0xff;
    about_to_die("triple fault, or access to guest-physical memory it does not have");
    start((uintptr_t)code, 1ull << (width - 1));
    sleep_on();
}

void test(void)
{
    need_vcpus(2);
    VARIANT();
    survived();
}
