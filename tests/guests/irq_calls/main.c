// SPDX-License-Identifier: Apache-2.0
// irq_bind, irq_eoi and msi_bind with every wrong argument, and to exhaustion.
//
// Interrupts that do not exist, that the hypervisor keeps, or that have a port already; vCPUs and
// ports that do not exist or are bound to something else; message buffers outside of RAM. Message
// interrupts are bound until vectors run out: what was bound stays usable, and all of it is free
// again after closing, several times over. Class: limits that differ by place (XSA-317, XSA-342);
// what error paths lose or free (XSA-496).
#include "hypercall.h"
#include "paging.h"
#include "result.h"
#include "start_info.h"
#include "window.h"

#define COM1 4u
#define SCI 9u

static struct lintel_msi message;

static void check_lines(void)
{
    static const uint64_t wild[] = {
        24, 255, 256, 0x7fffffff, 0xffffffff, 1ull << 32, (1ull << 32) + 9, ~0ull};
    for (unsigned i = 0; i < sizeof wild / sizeof wild[0]; ++i)
        for (uint64_t flags = 0; flags < 4; ++flags)
            expect_equal(irq_bind(wild[i], 0, flags), LINTEL_ENOENT);
    for (unsigned bit = 2; bit < 64; ++bit)
        expect_equal(irq_bind(SCI, 0, 1ull << bit), LINTEL_EINVAL);
    expect_equal(irq_bind(COM1, 0, 0), LINTEL_EBUSY);
    expect_equal(irq_bind(SCI, info->vcpus, LINTEL_IRQ_LEVEL), LINTEL_ENOENT);
    expect_equal(irq_bind(SCI, ~0ull, LINTEL_IRQ_LEVEL), LINTEL_ENOENT);
    for (unsigned round = 0; round < 100; ++round) {
        const int64_t port = irq_bind(SCI, 0, LINTEL_IRQ_LEVEL);
        expect_equal(port, 1);
        expect_equal(irq_bind(SCI, 0, LINTEL_IRQ_LEVEL), LINTEL_EEXIST);
        expect_equal(irq_bind(SCI, 0, 0), LINTEL_EEXIST);
        expect_equal(irq_eoi(1), 0); // nothing to end
        expect_equal(event_send(1), LINTEL_EPERM);
        expect_equal(event_unmask(1), 0);
        expect_equal(event_move(1, 0), 0);
        expect_equal(event_move(1, info->vcpus), LINTEL_ENOENT);
        expect_equal(event_close(1), 0);
        expect_equal(irq_eoi(1), LINTEL_ENOENT);
    }
}

static void check_acknowledgement(void)
{
    static const uint64_t wild[] = {0, 2, 4095, 4096, 0xffffffff, 1ull << 32, ~0ull};
    for (unsigned i = 0; i < sizeof wild / sizeof wild[0]; ++i)
        expect_equal(irq_eoi(wild[i]), LINTEL_ENOENT);
    expect_equal(event_bind_ipi(0), 1);
    expect_equal(irq_eoi(1), LINTEL_EINVAL);
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, 0), 2);
    expect_equal(irq_eoi(2), LINTEL_EINVAL);
    expect_equal(hypercall(LINTEL_HC_irq_eoi, 1, 1, 0, 0, 0), LINTEL_EINVAL);
    event_close(1);
    event_close(2);
}

static void check_message_buffers(void)
{
    const uint64_t good = (uintptr_t)&message;
    for (unsigned offset = 1; offset < 8; ++offset)
        expect_equal(msi_bind(good + offset, 0), LINTEL_EINVAL);
    const uint64_t gone[] = {0x100000,
                             0xfee00000,
                             hypervisor_heap()->address,
                             hypervisor_heap()->address - 8,
                             info_address(),
                             ~7ull,
                             1ull << 52};
    for (unsigned i = 0; i < sizeof gone / sizeof gone[0]; ++i)
        expect_equal(msi_bind(gone[i], 0), LINTEL_EFAULT);
    expect_equal(msi_bind(good, info->vcpus), LINTEL_ENOENT);
    expect_equal(msi_bind(good, ~0ull), LINTEL_ENOENT);
    expect_equal(event_bind_ipi(0), 1); // nothing was bound by all of that
    event_close(1);
}

static unsigned bind_all(void)
{
    int64_t port;
    unsigned bound = 0;
    do {
        message = (struct lintel_msi){.reserved = ~0u};
        port = msi_bind((uintptr_t)&message, 0);
        if (port > 0) {
            ++bound;
            expect_equal(message.address >> 20, 0xfee);
            expect((message.data & 0xff) >= 32);
            expect_equal(message.reserved, 0);
        }
    } while (port > 0);
    expect_equal(port, LINTEL_ENOSPC);
    return bound;
}

void test(void)
{
    check_lines();
    check_acknowledgement();
    check_message_buffers();
    const unsigned first = bind_all();
    print("%u message interrupts", first);
    expect(first >= 8);
    for (unsigned round = 0; round < 5; ++round) {
        for (uint64_t port = 1; port <= first; ++port)
            expect_equal(event_close(port), 0);
        expect_equal(bind_all(), first);
    }
}
