// SPDX-License-Identifier: Apache-2.0
// Flags that have no meaning yet.
//
// Each call's last argument is `flags`. Every single bit of it, in a call that would succeed
// without, must give LINTEL_EINVAL and no effect: the power stays on, no port is bound or closed.
// Class: bits that are ignored today cannot be given a meaning tomorrow.
#include <lintel/seal.h>

#include "hypercall.h"
#include "result.h"

static const char text[] = "printed in spite of an unknown flag\n";
static char room[16];
static struct lintel_time_record record __attribute__((aligned(32)));

struct call {
    const char* name;
    uint64_t number, arguments, in[5];
};

void test(void)
{
    const uint64_t port = (uint64_t)event_bind_ipi(0);
    expect_equal(port, 1);
    const struct call calls[] = {
#define HYPERCALL(name, number, arguments) [number] = {#name, number, arguments, {0}},
#include <lintel/hypercalls.def>
#undef HYPERCALL
    };
    for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; ++i) {
        struct call call = calls[i];
        if (call.arguments == 0)
            continue;
        switch (call.number) {
        case LINTEL_HC_console_write:
            call.in[0] = (uintptr_t)text, call.in[1] = sizeof text - 1;
            break;
        case LINTEL_HC_console_read:
            call.in[0] = (uintptr_t)room, call.in[1] = sizeof room;
            break;
        case LINTEL_HC_time_register:
            call.in[1] = (uintptr_t)&record;
            break;
        case LINTEL_HC_domain_destroy:
        case LINTEL_HC_domain_populate:
        case LINTEL_HC_domain_start:
        case LINTEL_HC_domain_pause:
        case LINTEL_HC_domain_unpause:
        case LINTEL_HC_domain_shutdown:
            call.in[0] = 1; // 0 is dom0 itself
            break;
        case LINTEL_HC_event_close:
        case LINTEL_HC_event_send:
        case LINTEL_HC_event_unmask:
            call.in[0] = port;
            break;
        }
        const uint64_t known =
            call.number == LINTEL_HC_irq_bind      ? LINTEL_IRQ_LEVEL | LINTEL_IRQ_LOW
            : call.number == LINTEL_HC_event_send  ? LINTEL_EVENT_YIELD
            : call.number == LINTEL_HC_domain_info ? LINTEL_DOMAIN_INFO_NEXT
            : call.number == LINTEL_HC_seal        ? LINTEL_SEAL_PAIR
                                                   : 0;
        for (unsigned bit = 0; bit < 64; ++bit) {
            if ((known >> bit & 1) != 0)
                continue;
            call.in[call.arguments - 1] = 1ull << bit;
            const int64_t result = hypercall(call.number, call.in[0], call.in[1], call.in[2],
                                             call.in[3], call.in[4]);
            if (result != LINTEL_EINVAL)
                print("%s with flag bit %u", call.name, bit);
            expect_equal(result, LINTEL_EINVAL);
        }
    }
    expect_equal(record.version, 0);
    expect_equal(event_bind_ipi(0), 2);
    expect_equal(event_close(port), 0);
}
