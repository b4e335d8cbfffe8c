// SPDX-License-Identifier: Apache-2.0
// Debug registers.
//
// They are the guest's: an instruction and a data breakpoint must work, also across hypercalls.
// Aimed at the hypervisor's image, its virtual addresses, the window and the hypercall's own
// buffers, they must not stop the hypervisor or be told of what it does. DR7.GD guards once; DR6
// and DR7 refuse their upper halves. Class: XSA-444, CVE-2018-8897.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "window.h"

static volatile unsigned count;
static volatile uint64_t last_rip, last_dr6, last_dr7;
static bool on_debug(struct frame* frame)
{
    const uint64_t resume = 1u << 16;
    ++count;
    last_rip = frame->rip;
    last_dr6 = read_dr6();
    last_dr7 = read_dr7();
    frame->rflags |= resume;
    write_dr6(0xffff0ff0);
    return true;
}

static void set_dr7(void* value)
{
    write_dr7((uint64_t)value);
}
static void set_dr6(void* value)
{
    write_dr6((uint64_t)value);
}

static volatile uint64_t watched;
extern char here[];

static void check_own(void)
{
    const uint64_t execute_0 = 0x1, write_1 = 0x4 | 0xd << 20; // 4 bytes
    write_dr0((uintptr_t)here);
    write_dr1((uintptr_t)&watched);
    write_dr7(0x400 | execute_0 | write_1);
    asm volatile("here: nop");
    expect_equal(count, 1);
    expect_equal(last_rip, (uintptr_t)here);
    expect_equal(last_dr6 & 0xe00f, 1);
    abi_revision();
    cpuid(0, 0);
    watched = 1;
    expect_equal(count, 2);
    expect_equal(last_dr6 & 0xe00f, 2);
    expect_equal(read_dr7() & 0xffff, 0x400 | execute_0 | (write_1 & 0xffff));
    write_dr7(0x400);
    watched = 2;
    expect_equal(count, 2);
    expect_equal(read_dr0(), (uintptr_t)here);
}

static void check_hypervisor(uint64_t address)
{
    const uint64_t everything_on = 0xff | 0x400, read_write_8 = 0xbull << 16 | 0xbull << 20;
    static char text[] = "."; // written by the hypervisor's hands only
    count = 0;
    write_dr0(address);
    write_dr1((uintptr_t)text);
    write_dr7(everything_on | read_write_8);
    abi_revision();
    cpuid(0, 0);
    hypercall(LINTEL_HC_console_write, (uintptr_t)text, 0, 0, 0, 0);
    const int64_t port = event_bind_ipi(0);
    event_send((uint64_t)port);
    event_close((uint64_t)port);
    timer_set(LINTEL_TIMER_NEVER);
    write_dr7(0x400);
    expect_equal(count, 0);
}

void test(void)
{
    static const uint64_t places[] = {0x100000,           0x101000,           0xfffffe8040100000,
                                      0xfffffe8040101000, 0xffff888000100000, 0xfffffe0000000000,
                                      0xfffffe8000600000, 0xfffffe8000c00000, 0xffffffffffffff00,
                                      0x0000000000000000, LINTEL_WINDOW_TIME, 0xfffffe8040110000};
    write_dr6(0xffff0ff0);
    on_vector(VECTOR_DB, on_debug);
    check_own();
    write_dr0(0);
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; ++i)
        check_hypervisor(places[i]);

    count = 0;
    write_dr7(0x400 | 1u << 13); // GD
    write_dr0(0);                // faults once; delivery clears GD
    expect_equal(count, 1);
    expect_equal(last_dr6 & 0xe00f, 1u << 13);
    expect_equal(last_dr7 & 1u << 13, 0);

    expect_equal(in_kernel(set_dr7, (void*)(1ull << 32)).vector, VECTOR_GP);
    expect_equal(in_kernel(set_dr7, (void*)~0ull).vector, VECTOR_GP);
    expect_equal(in_kernel(set_dr6, (void*)(1ull << 63)).vector, VECTOR_GP);
    expect_equal(in_user_mode(set_dr7, (void*)0x400).vector, VECTOR_GP);
}
