// SPDX-License-Identifier: Apache-2.0
// An instruction that the hypervisor steps over, at the end of an address space.
//
// CPUID as the last instruction below the non-canonical hole leaves RIP in the hole, and as the
// last one of 4 GiB in 32-bit code leaves it beyond 32 bits: VM entry refuses both. A user process
// can do either, so neither may cost the domain its life. The process must fault (#GP, or #PF where
// the address wraps), or go on at 0 in 32-bit code. Class: XSA-170.
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "selectors.h"
#include "trap.h"

static uint8_t page[SMALL_PAGE] __attribute__((aligned(4096)));
static char stack[4096] __attribute__((aligned(16)));

static struct fault run_last(uint64_t page_address, uint16_t code)
{
    static const uint8_t cpuid_code[] = {0x0f, 0xa2};
    page[SMALL_PAGE - 2] = cpuid_code[0];
    page[SMALL_PAGE - 1] = cpuid_code[1];
    return through_iret(page_address + SMALL_PAGE - 2, code, 2, (uintptr_t)(stack + sizeof stack),
                        (code & 3) != 0 ? USER_DATA : KERNEL_DATA);
}

extern uint64_t pd[4 * 512];

void test(void)
{
    map_small(0x00007ffffffff000, (uintptr_t)page, PAGE_USER);
    static const uint16_t codes[] = {USER_CODE, KERNEL_CODE};
    for (unsigned i = 0; i < 2; ++i) {
        const struct fault fault = run_last(0x00007ffffffff000, codes[i]);
        print("64-bit code: vector %u at %lx", fault.vector, fault.rip);
        expect(fault.vector == VECTOR_GP || fault.vector == VECTOR_PF);
    }
    // The last 2 MiB below 4 GiB are ROM; ours goes there. Address 0 holds no code: no fault there
    // would mean that zeros were executed, so it is made not present.
    static uint64_t table[512] __attribute__((aligned(4096)));
    static uint64_t low[512] __attribute__((aligned(4096)));
    table[511] = (uintptr_t)page | PAGE_PRESENT | PAGE_USER;
    for (unsigned i = 1; i < 512; ++i)
        low[i] = i * SMALL_PAGE | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER;
    pd[4 * 512 - 1] = (uintptr_t)table | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER;
    pd[0] = (uintptr_t)low | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER;
    write_cr3(read_cr3());
    const struct fault fault = run_last(0xfffff000, USER_CODE_32);
    print("32-bit code: vector %u at %lx, address %lx", fault.vector, fault.rip, fault.address);
    expect_equal(fault.vector, VECTOR_PF);
    expect_equal(fault.rip, 0);
}
