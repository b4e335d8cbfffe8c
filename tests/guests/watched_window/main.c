// SPDX-License-Identifier: Apache-2.0
// Breakpoints on the window.
//
// The window's pages are ordinary memory to the guest: its own accesses there must hit its data
// breakpoints, and what the hypervisor writes to the same pages must not, nor be disturbed: events
// are raised, time is registered and counters are counted as ever. Breakpoints on I/O ports that
// the hypervisor keeps, and on the instruction that leaves the guest, come once. Class: XSA-444
// (debug registers aimed at hypervisor memory).
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "upcall.h"
#include "window.h"

static volatile unsigned hits;
static volatile uint64_t last_rip, last_dr6;

static bool on_debug(struct frame* frame)
{
    const uint64_t resume = 1u << 16;
    ++hits;
    last_rip = frame->rip;
    last_dr6 = read_dr6();
    frame->rflags |= resume;
    write_dr6(0xffff0ff0);
    return true;
}

#define READ_WRITE_4 0xfull
#define ARM_ALL (0x400 | 0xff | (READ_WRITE_4 * 0x1111) << 16)

static void check_window(void)
{
    write_dr0((uintptr_t)&events->pending[0]);
    write_dr1((uintptr_t)&events->vcpu[0].pending);
    write_dr2((uintptr_t)&stats->hypercalls[LINTEL_HC_event_send]);
    write_dr3((uintptr_t)&time_record->version);
    write_dr7(ARM_ALL);
    const int64_t port = event_bind_ipi(0);
    for (unsigned i = 0; i < 100; ++i)
        event_send((uint64_t)port);
    event_unmask((uint64_t)port);
    expect_equal(hits, 0); // nobody of ours has looked
    const uint64_t pending = events->pending[0];
    expect_equal(hits, 1);
    expect_equal(last_dr6 & 15, 1);
    const uint32_t version = time_record->version;
    expect_equal(hits, 2);
    expect_equal(last_dr6 & 15, 8);
    const uint32_t sent = (uint32_t)stats->hypercalls[LINTEL_HC_event_send];
    expect_equal(last_dr6 & 15, 4);
    write_dr7(0x400);
    expect_equal(pending, 1ull << port);
    expect_equal(version % 2, 0);
    expect(sent >= 100);
    event_close((uint64_t)port);
}

extern char on_cpuid[], on_vmcall[];
static void check_instructions(void)
{
    write_dr0((uintptr_t)on_cpuid);
    write_dr1((uintptr_t)on_vmcall);
    write_dr7(0x400 | 0xf); // execution
    hits = 0;
    for (unsigned i = 0; i < 10; ++i) {
        uint32_t eax = 0, ebx, ecx = 0, edx;
        asm volatile("on_cpuid: cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
        expect_equal(hits, 2 * i + 1);
        expect_equal(last_rip, (uintptr_t)on_cpuid);
        int64_t result = LINTEL_HC_abi_revision;
        asm volatile("on_vmcall: vmcall" : "+a"(result));
        expect_equal(hits, 2 * i + 2);
        expect_equal(last_rip, (uintptr_t)on_vmcall);
        expect_equal(result, info->revision);
    }
    write_dr7(0x400);
}

static void check_ports(void)
{
    const uint64_t debug_extensions = 1u << 3;
    write_cr4(read_cr4() | debug_extensions);
    write_dr0(0x80); // a port of dom0's
    write_dr1(0x20); // one of the hypervisor's
    write_dr7(0x400 | 0xf | 0x22 << 16);
    hits = 0;
    in8(0x80);
    expect_equal(hits, 1);
    expect_equal(in8(0x20), 0xff);
    expect(hits == 1 || hits == 2); // the exit may swallow it
    write_dr7(0x400);
    write_cr4(read_cr4() & ~debug_extensions);
}

void test(void)
{
    write_dr6(0xffff0ff0);
    on_vector(VECTOR_DB, on_debug);
    check_window();
    check_instructions();
    check_ports();
    // Addresses that no memory can have.
    static const uint64_t wild[] = {0x8000000000000000, 0x0000800000000000, ~0ull};
    for (unsigned i = 0; i < sizeof wild / sizeof wild[0]; ++i) {
        write_dr0(wild[i]);
        write_dr7(ARM_ALL);
        cpuid(0, 0);
        event_send(1);
        expect_equal(read_dr0(), wild[i]);
        write_dr7(0x400);
    }
}
