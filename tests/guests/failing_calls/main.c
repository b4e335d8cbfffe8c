// SPDX-License-Identifier: Apache-2.0
// Each failure three times, then the same call with success.
//
// Every way to be refused of every call is taken three times in a row; the good call after it must
// work, and not hang for a lock that an error path kept, nor find something half done. Class:
// XSA-277 (lock left held on an error path), XSA-496 (an error path frees what is another's).
#include "hypercall.h"
#include "paging.h"
#include "result.h"
#include "start_info.h"
#include "window.h"

static void thrice(const char* what, uint64_t number, uint64_t a, uint64_t b, uint64_t c,
                   int64_t wanted)
{
    for (unsigned i = 0; i < 3; ++i) {
        const int64_t result = hypercall(number, a, b, c, 0, 0);
        if (result != wanted)
            print("%s: %ld", what, result);
        expect_equal(result, wanted);
    }
}

static char text[] = "a good call\n";
static struct lintel_time_record record __attribute__((aligned(32)));
static struct lintel_vcpu_start start;

static void check_buffers(void)
{
    const uint64_t length = sizeof text - 1, good = (uintptr_t)text;
    thrice("write, EFAULT", LINTEL_HC_console_write, 0x100000, 1, 0, LINTEL_EFAULT);
    thrice("write, EINVAL", LINTEL_HC_console_write, good, 4097, 0, LINTEL_EINVAL);
    thrice("write, flags", LINTEL_HC_console_write, good, 1, 1, LINTEL_EINVAL);
    expect_equal(console_write(good, length), length);
    thrice("read, EFAULT", LINTEL_HC_console_read, 0x100000, 1, 0, LINTEL_EFAULT);
    expect(console_read(good, length) >= 0);
    thrice("record, EFAULT", LINTEL_HC_time_register, 0, 0x100000, 0, LINTEL_EFAULT);
    thrice("record, ENOENT", LINTEL_HC_time_register, 99, (uintptr_t)&record, 0, LINTEL_ENOENT);
    thrice("record, EINVAL", LINTEL_HC_time_register, 0, (uintptr_t)&record + 1, 0, LINTEL_EINVAL);
    expect_equal(time_register(0, (uintptr_t)&record), 0);
}

static void check_events(void)
{
    thrice("close, ENOENT", LINTEL_HC_event_close, 1, 0, 0, LINTEL_ENOENT);
    thrice("send, ENOENT", LINTEL_HC_event_send, 1, 0, 0, LINTEL_ENOENT);
    thrice("move, ENOENT", LINTEL_HC_event_move, 1, 0, 0, LINTEL_ENOENT);
    thrice("bind IPI, ENOENT", LINTEL_HC_event_bind_ipi, 99, 0, 0, LINTEL_ENOENT);
    expect_equal(event_bind_ipi(0), 1);
    thrice("bind timer, ENOENT", LINTEL_HC_event_bind_virq, LINTEL_VIRQ_TIMER, 99, 0,
           LINTEL_ENOENT);
    thrice("bind, EINVAL", LINTEL_HC_event_bind_virq, 99, 0, 0, LINTEL_EINVAL);
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, 0), 2);
    thrice("bind timer, EEXIST", LINTEL_HC_event_bind_virq, LINTEL_VIRQ_TIMER, 0, 0, LINTEL_EEXIST);
    thrice("send, EPERM", LINTEL_HC_event_send, 2, 0, 0, LINTEL_EPERM);
    thrice("move, EINVAL", LINTEL_HC_event_move, 2, 0, 0, LINTEL_EINVAL);
    thrice("move to none", LINTEL_HC_event_move, 1, 99, 0, LINTEL_ENOENT);
    expect_equal(event_move(1, 0), 0);
    expect_equal(event_send(1), 0);
    expect_equal(event_close(1), 0);
    thrice("unmask, ENOENT", LINTEL_HC_event_unmask, 1, 0, 0, LINTEL_ENOENT);
    expect_equal(event_unmask(2), 0);
    // With no port left.
    uint64_t bound = 0;
    while (event_bind_ipi(0) > 0)
        ++bound;
    expect_equal(bound, LINTEL_EVENT_PORTS - 2);
    thrice("bind IPI, ENOSPC", LINTEL_HC_event_bind_ipi, 0, 0, 0, LINTEL_ENOSPC);
    thrice("bind console, ENOSPC", LINTEL_HC_event_bind_virq, LINTEL_VIRQ_CONSOLE, 0, 0,
           LINTEL_ENOSPC);
    thrice("bind IRQ, ENOSPC", LINTEL_HC_irq_bind, 9, 0, 1, LINTEL_ENOSPC);
    thrice("bind MSI, ENOSPC", LINTEL_HC_msi_bind, (uintptr_t)text & ~7ull, 0, 0, LINTEL_ENOSPC);
    expect_equal(event_close(77), 0);
    expect_equal(event_bind_virq(LINTEL_VIRQ_CONSOLE, 0), 77);
    thrice("upcall, EINVAL", LINTEL_HC_upcall_set, 31, 0, 0, LINTEL_EINVAL);
    expect_equal(upcall_set(32), 0);
}

static void check_vcpus(void)
{
    const uint64_t at = (uintptr_t)&start, vcpus = info->vcpus;
    thrice("start, ENOENT", LINTEL_HC_vcpu_start, vcpus, at, 0, LINTEL_ENOENT);
    thrice("start, EFAULT", LINTEL_HC_vcpu_start, 0, 0x100000, 0, LINTEL_EFAULT);
    thrice("start, EINVAL", LINTEL_HC_vcpu_start, 0, at + 1, 0, LINTEL_EINVAL);
    thrice("start, EBUSY", LINTEL_HC_vcpu_start, 0, at, 0, LINTEL_EBUSY);
    thrice("state, ENOENT", LINTEL_HC_vcpu_state, vcpus, 0, 0, LINTEL_ENOENT);
    thrice("kick, ENOENT", LINTEL_HC_vcpu_kick, vcpus, 0, 0, LINTEL_ENOENT);
    thrice("NMI, ENOENT", LINTEL_HC_vcpu_nmi, vcpus, 0, 0, LINTEL_ENOENT);
    thrice("yield, EINVAL", LINTEL_HC_vcpu_yield, 1, 0, 0, LINTEL_EINVAL);
    thrice("wait, EINVAL", LINTEL_HC_vcpu_wait, 1, 0, 0, LINTEL_EINVAL);
    thrice("stop, EINVAL", LINTEL_HC_vcpu_stop, 1, 0, 0, LINTEL_EINVAL);
    expect_equal(vcpu_state(0), LINTEL_VCPU_RUNNABLE);
    expect_equal(vcpu_kick(0), 0);
    expect_equal(vcpu_wait(), 0); // ended by that kick
    expect_equal(vcpu_yield(), 0);
}

static void check_memory(void)
{
    const uint64_t page = spare_ram(LARGE_PAGE);
    thrice("release, EFAULT", LINTEL_HC_memory_release, 0x100000, 1, 0, LINTEL_EFAULT);
    thrice("release, EINVAL", LINTEL_HC_memory_release, page, 0, 0, LINTEL_EINVAL);
    expect_equal(memory_release(page, 1), 1);
    thrice("release, EFAULT", LINTEL_HC_memory_release, page, 1, 0, LINTEL_EFAULT);
    thrice("claim, EFAULT", LINTEL_HC_memory_claim, page + SMALL_PAGE, 1, 0, LINTEL_EFAULT);
    expect_equal(memory_claim(page, 1), 1);
    thrice("claim, EFAULT", LINTEL_HC_memory_claim, page, 1, 0, LINTEL_EFAULT);
}

void test(void)
{
    check_buffers();
    check_events();
    check_vcpus();
    check_memory();
}
