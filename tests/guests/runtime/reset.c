// SPDX-License-Identifier: Apache-2.0
// Undoes what tests do to the domain and to vCPU 0.
#include "reset.h"

#include <lintel/event.h>

#include "chain_plan.h"
#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"
#include "window.h"

extern struct {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed)) gdt_pointer;

static bool ignore(struct frame* frame)
{
    (void)frame;
    return true;
}

static void reset_traps(void)
{
    interrupts_off();
    write_cr8(0);
    asm volatile("lgdt %0" : : "m"(gdt_pointer));
    fill_idt();
    load_traps(0);
    on_vector(UPCALL_VECTOR, ignore);
    on_vector(VECTOR_NMI, ignore);
    on_vector(VECTOR_DB, ignore); // DR7.GD
    write_dr7(0x400);
    write_dr7(0x400);
    write_dr0(0);
    write_dr1(0);
    write_dr2(0);
    write_dr3(0);
    write_dr6(0xffff0ff0);
    asm volatile("int %0" : : "i"(UPCALL_VECTOR)); // its IRET ends the blocking of NMIs
}

static void reset_events(void)
{
    volatile uint64_t* const words = (volatile uint64_t*)events;
    timer_set(LINTEL_TIMER_NEVER);
    for (uint32_t ref = 0; ref < info->grant_entries; ++ref)
        grant_table[ref] = 0;
    for (uint64_t port = 1; port < LINTEL_EVENT_PORTS; ++port)
        event_close(port);
    for (unsigned i = 0; i < sizeof *events / 8; ++i)
        words[i] = 0;
    upcall_set(UPCALL_VECTOR);
    asm volatile("sti\n nop\n nop\n cli"); // one that was due still
    upcall_set(0);
}

static void reset_registers(void)
{
    static const struct {
        uint32_t msr;
        uint64_t value;
    } msrs[] = {{0x174, 0},
                {0x175, 0},
                {0x176, 0},
                {0x1d9, 0},
                {0x277, 0x0007040600070406},
                {0xc0000081, 0},
                {0xc0000082, 0},
                {0xc0000083, 0},
                {0xc0000084, 0},
                {0xc0000100, 0},
                {0xc0000101, 0},
                {0xc0000102, 0},
                {0xc0000103, 0}};
    const uint32_t xsave = 1u << 26;
    const uint64_t osxsave = 1u << 18, basic = 0x620;
    for (unsigned i = 0; i < sizeof msrs / sizeof msrs[0]; ++i)
        write_msr(msrs[i].msr, msrs[i].value);
    if ((cpuid(1, 0).ecx & xsave) != 0) {
        write_cr4(read_cr4() | osxsave);
        asm volatile("xsetbv" : : "c"(0), "a"(1), "d"(0));
    }
    write_cr3((uintptr_t)pml4);
    write_cr4(basic);
    asm volatile("mov %0, %%cr2" : : "r"(0ull));
}

// The hypervisor may write to a registered record at any time, and there is no way to take it back.
static void park_records(void)
{
    for (unsigned vcpu = 0; vcpu < info->vcpus; ++vcpu)
        time_register(vcpu, PARKED_RECORDS + vcpu * sizeof(struct lintel_time_record));
}

bool reset(void)
{
    // Others first: they may be about to use the handlers. Once more with handlers that are intact.
    bool stopped = others_stop();
    reset_traps();
    pml4[LINTEL_WINDOW_SLOT] =
        ((const struct lintel_info*)info_address())->window_root | PAGE_PRESENT | PAGE_WRITABLE;
    write_cr3((uintptr_t)pml4);
    stopped = stopped || others_stop();
    reset_events();
    park_records();
    reset_registers();
    return stopped;
}
