// SPDX-License-Identifier: Apache-2.0
// What a domain that is not dom0 may not do.
//
// A child makes every call that is dom0's, on itself, on dom0, on nobody and with wild arguments:
// each is LINTEL_EPERM and has no effect; the calls for everybody work. Every I/O port reads as
// ones, device interrupts and the console are refused, and the information page tells what it has.
// Class: privilege checks that a call lacks or makes late (XSA-77, XSA-95, XSA-283).
#include "child.h"
#include "domain.h"
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "upcall.h"
#include "window.h"

static const uint64_t dom0_calls[] = {
    LINTEL_HC_console_write,   LINTEL_HC_console_read,    LINTEL_HC_irq_bind,
    LINTEL_HC_irq_eoi,         LINTEL_HC_msi_bind,        LINTEL_HC_domain_create,
    LINTEL_HC_domain_destroy,  LINTEL_HC_domain_populate, LINTEL_HC_domain_start,
    LINTEL_HC_domain_pause,    LINTEL_HC_domain_unpause,  LINTEL_HC_domain_info,
    LINTEL_HC_domain_shutdown, LINTEL_HC_machine_info,    LINTEL_HC_log_read,
    LINTEL_HC_foreign_map,     LINTEL_HC_foreign_unmap,
};

static void check_calls(uint64_t self)
{
    static struct lintel_domain_create plan;
    plan = usual_domain(1, 1);
    const uint64_t values[] = {0, self, LINTEL_DOMAIN_SELF, 0x7777, (uintptr_t)&plan, ~0ull};
    for (unsigned i = 0; i < sizeof dom0_calls / sizeof dom0_calls[0]; ++i)
        for (unsigned first = 0; first < 6; ++first)
            for (unsigned second = 0; second < 6; ++second)
                expect_equal(hypercall(dom0_calls[i], values[first], values[second], 0, 0, 0),
                             LINTEL_EPERM);
    expect_equal(shutdown_wanted(), LINTEL_ENOENT);
    expect_equal(plan.vcpus, 1); // nobody wrote there
}

static void check_ports(void)
{
    static const uint16_t some[] = {0x20,  0x21,  0x40,   0x60,  0x61,  0x64,  0x70,
                                    0x71,  0x80,  0x92,   0xe9,  0x1f0, 0x3c0, 0x3f8,
                                    0x402, 0x4d0, 0xb004, 0xcf8, 0xcfc, 0xcf9, 0xffff};
    for (unsigned i = 0; i < sizeof some / sizeof some[0]; ++i) {
        uint32_t value = 0;
        asm volatile("outb %%al, %%dx" : : "d"(some[i]), "a"(0xfe)); // dropped; 0xcf9 would reset
        asm volatile("inl %%dx, %%eax" : "=a"(value) : "d"(some[i]));
        expect_equal(value, 0xffffffff);
    }
}

static void check_information(uint64_t self)
{
    expect_equal(info->flags & LINTEL_INFO_PRIVILEGED, 0);
    expect_equal(info->domain, self);
    expect_equal(info->vcpus, 2);
    expect_equal(info->event_ports, 64);
    expect_equal(info->console_bytes, 0);
    expect_equal(info->mappings, 64);
    expect_equal(info->foreign_gpa, CHILD_WINDOW);
    expect_equal(info->foreign_frames, 512);
    expect_equal(info->devices_gpa, 0xf0200000);
    expect_equal(info->devices, 4);
    expect(info->time_gpa >= 0xf0000000 && info->time_gpa < 0xf0200000);
    expect(info->tsc_khz != 0 && info->wall_clock_ns != 0);
}

static void check_limits(void)
{
    for (unsigned port = 2; port < 64; ++port) // the timer has one
        expect_equal(event_bind_ipi(0), port);
    expect_equal(event_bind_ipi(0), LINTEL_ENOSPC);
    expect_equal(event_close(64), LINTEL_ENOENT);
    expect_equal(vcpu_state(1), LINTEL_VCPU_STOPPED);
    expect_equal(vcpu_state(2), LINTEL_ENOENT);
    expect_equal(event_bind_virq(LINTEL_VIRQ_DOMAIN, 0), LINTEL_ENOSPC);
    expect_equal(event_bind_virq(LINTEL_VIRQS, 0), LINTEL_EINVAL);
}

static int64_t try_all(uint64_t self)
{
    const uint64_t shared[] = {info_address(), info->time_gpa, info->events_gpa, info->window_root};
    check_information(self);
    check_calls(self);
    check_ports();
    for (unsigned i = 0; i < sizeof shared / sizeof shared[0]; ++i) {
        expect_equal(time_register(0, shared[i]), LINTEL_EFAULT);
        expect_equal(memory_release(shared[i], 1), LINTEL_EFAULT);
        expect_equal(memory_claim(shared[i], 1), LINTEL_EFAULT);
    }
    upcall_start();
    const uint64_t before = upcall_count();
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, 0), 1);
    expect_equal(timer_set(system_time() + 1000000), 0);
    expect(wait_for_upcall(before, 1000000000));
    check_limits();
    return 0;
}

void test(void)
{
    const struct lintel_domain_create wanted = usual_child(2);
    struct child child = child_make(&wanted);
    const uint64_t frames = info_of(child.domain).frames;
    child_call(&child, try_all, child.domain);
    const struct lintel_domain_info found = info_of(child.domain);
    expect_equal(found.state, LINTEL_DOMAIN_RUNNING);
    expect_equal(found.frames, frames);
    expect_equal(found.mappings, 0);
    expect_equal(found.ports_bound, 63);
    expect_equal(info_of_machine().domains, 2);
    expect_equal(shutdown_wanted(), LINTEL_ENOENT); // nobody asked dom0 either
    child_destroy(&child);
}
