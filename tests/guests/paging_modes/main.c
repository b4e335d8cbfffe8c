// SPDX-License-Identifier: Apache-2.0
// Paging switched off and on again.
//
// `off_and_on` leaves 64-bit mode through compatibility mode, clears LME, touches memory with
// paging off, and comes back by way of other page tables, which must be in force at once. `legacy`
// switches on 32-bit paging, a mode this hypervisor does not run, and must be the end of the domain
// with just this reason. `task_16bit` enters 64-bit mode with a 16-bit TSS in TR, which a processor
// refuses with #GP and VM entry with a failure: the end of the domain with that reason, and of
// nothing else. `real_mode` goes on to real mode, where CPUID works, a hypercall gives EPERM, and
// RDMSR of an unknown MSR a #GP without error code, which VM entry would refuse (class: VM-entry
// corner cases). Class: VM-entry corner cases (XSA-308); mode changes in mid-flight (XSA-213).
#include <lintel/cpuid.h>
#include <lintel/status.h>

#include "paging.h"
#include "processor.h"
#include "result.h"

uint32_t seen_32, efer_32, cr0_32, cr3_32, esp_32; // shared with main.S
extern uint64_t spare_descriptors[4];
void go_off_and_on(void);
void go_real_mode(void);
void go_legacy(void);
void go_task_16bit(void);

__attribute__((unused)) static void off_and_on(void)
{
    static uint64_t other_pml4[512] __attribute__((aligned(4096)));
    static uint64_t one __attribute__((aligned(4096))) = 1, two __attribute__((aligned(4096))) = 2;
    volatile uint64_t* const seen = map_small(FREE_VIRTUAL, (uintptr_t)&one, 0);
    expect_equal(*seen, 1);
    // The other tables differ in this one page.
    for (unsigned i = 0; i < 512; ++i)
        other_pml4[i] = pml4[i];
    map_small(FREE_VIRTUAL + (1ull << 39), (uintptr_t)&two, 0);
    other_pml4[256] = pml4[257];
    for (unsigned round = 0; round < 4; ++round) {
        seen_32 = 0x12345678;
        cr3_32 = round % 2 == 0 ? (uintptr_t)other_pml4 : (uintptr_t)pml4;
        go_off_and_on();
        expect_equal(seen_32, ~0x12345678u);
        expect_equal(cr0_32 >> 31, 0);
        expect_equal(efer_32 & 1u << 10, 0); // LMA went with PG
        expect_equal(*seen, round % 2 == 0 ? 2 : 1);
        expect_equal(read_msr(0xc0000080) & 0x500, 0x500);
    }
}

__attribute__((unused)) static void real_mode(void)
{
    const uint64_t code_16 = 0x00009b000000ffff;
    spare_descriptors[0] = code_16;
    for (unsigned round = 0; round < 3; ++round) {
        volatile uint32_t* const results = (volatile uint32_t*)0x7f00;
        results[0] = results[1] = results[2] = 0;
        go_real_mode();
        expect_equal((int32_t)results[0], LINTEL_EPERM);
        expect_equal(results[1], LINTEL_SIGNATURE_EBX);
        expect_equal(results[2], 0x7000 - 6); // FLAGS, CS, IP
    }
}

__attribute__((unused)) static void legacy(void)
{
    about_to_die("paging outside of 64-bit mode is not supported");
    go_legacy();
    survived();
}

__attribute__((unused)) static void task_16bit(void)
{
    static uint8_t tss[64];
    const uint64_t base = (uintptr_t)tss, available_16 = 0x81ull << 40;
    spare_descriptors[0] = 43 | (base & 0xffffff) << 16 | available_16;
    about_to_die("a register state that no processor accepts");
    go_task_16bit();
    survived();
}

void test(void)
{
    VARIANT();
}
