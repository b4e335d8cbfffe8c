/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments: half of them make sense, the others are values at the borders of widths and limits or
 * just bits. Addresses are kept off the fuzzer's own memory, which calls would read as a vCPU's
 * first state or write to, as they should.
 */
#ifndef FUZZ_ARGUMENTS_H
#define FUZZ_ARGUMENTS_H

#include "areas.h"
#include "hypercall.h"
#include "result.h"
#include <lintel/domain.h>

enum kind {
    WILD, /* any value at all */
    FLAGS,
    VCPU,
    PORT,
    VIRQ,
    VECTOR,
    DEADLINE,
    REASON,
    GSI,
    IRQ_FLAGS,
    BYTES,
    FRAMES,
    READ,  /* an address to be read from */
    WRITE, /* an address to be written to */
    START, /* the address of a vCPU's first state */
    RELEASE,
    CLAIM,
    SOMEBODY,  /* a domain, for calls between domains */
    DOMAIN,    /* a domain that dom0 made */
    CREATE,   /* the address of what a domain is to be */
    BEGIN,    /* the address of where it is to begin */
    POPULATE, /* a place in another domain */
    INFO_FLAGS, /* one flag, or none */
    LOG_BYTES
};

static const uint8_t arguments[KNOWN_CALLS][5] = {
    [LINTEL_HC_console_write] = {READ, BYTES, FLAGS},
    [LINTEL_HC_console_read] = {WRITE, BYTES, FLAGS},
    [LINTEL_HC_shutdown] = {REASON, FLAGS},
    [LINTEL_HC_timer_set] = {DEADLINE, FLAGS},
    [LINTEL_HC_time_register] = {VCPU, WRITE, FLAGS},
    [LINTEL_HC_upcall_set] = {VECTOR, FLAGS},
    [LINTEL_HC_event_bind_virq] = {VIRQ, VCPU, FLAGS},
    [LINTEL_HC_event_bind_ipi] = {VCPU, FLAGS},
    [LINTEL_HC_event_close] = {PORT, FLAGS},
    [LINTEL_HC_event_send] = {PORT, INFO_FLAGS},
    [LINTEL_HC_event_unmask] = {PORT, FLAGS},
    [LINTEL_HC_vcpu_start] = {VCPU, START, FLAGS},
    [LINTEL_HC_vcpu_stop] = {FLAGS},
    [LINTEL_HC_vcpu_state] = {VCPU, FLAGS},
    [LINTEL_HC_vcpu_yield] = {FLAGS},
    [LINTEL_HC_vcpu_wait] = {FLAGS},
    [LINTEL_HC_vcpu_kick] = {VCPU, FLAGS},
    [LINTEL_HC_vcpu_nmi] = {VCPU, FLAGS},
    [LINTEL_HC_irq_bind] = {GSI, VCPU, IRQ_FLAGS},
    [LINTEL_HC_irq_eoi] = {PORT, FLAGS},
    [LINTEL_HC_msi_bind] = {WRITE, VCPU, FLAGS},
    [LINTEL_HC_event_move] = {PORT, VCPU, FLAGS},
    [LINTEL_HC_memory_release] = {RELEASE, FRAMES, FLAGS},
    [LINTEL_HC_memory_claim] = {CLAIM, FRAMES, FLAGS},
    [LINTEL_HC_domain_create] = {CREATE, FLAGS},
    [LINTEL_HC_domain_destroy] = {DOMAIN, FLAGS},
    [LINTEL_HC_domain_populate] = {DOMAIN, POPULATE, FRAMES, FLAGS},
    [LINTEL_HC_domain_start] = {DOMAIN, BEGIN, FLAGS},
    [LINTEL_HC_domain_pause] = {DOMAIN, FLAGS},
    [LINTEL_HC_domain_unpause] = {DOMAIN, FLAGS},
    [LINTEL_HC_domain_info] = {DOMAIN, WRITE, INFO_FLAGS},
    [LINTEL_HC_domain_shutdown] = {DOMAIN, REASON, FLAGS},
    [LINTEL_HC_shutdown_wanted] = {FLAGS},
    [LINTEL_HC_machine_info] = {WRITE, FLAGS},
    [LINTEL_HC_log_read] = {WILD, WRITE, LOG_BYTES, FLAGS},
    [LINTEL_HC_foreign_map] = {DOMAIN, POPULATE, FRAMES, WRITE, INFO_FLAGS},
    [LINTEL_HC_foreign_unmap] = {WRITE, FRAMES, FLAGS},
    [LINTEL_HC_grant_map] = {WRITE, FRAMES, FLAGS},
    [LINTEL_HC_grant_unmap] = {WRITE, FRAMES, FLAGS},
    [LINTEL_HC_grant_copy] = {WRITE, FRAMES, FLAGS},
    [LINTEL_HC_grant_revoke] = {PORT, FLAGS},
    [LINTEL_HC_grant_revoke_batch] = {WRITE, FRAMES, FLAGS},
    [LINTEL_HC_event_alloc] = {SOMEBODY, SOMEBODY, FLAGS},
    [LINTEL_HC_event_bind] = {SOMEBODY, PORT, VCPU, FLAGS},
    [LINTEL_HC_seal_declare] = {READ, FRAMES, FLAGS},
    [LINTEL_HC_seal] = {READ, FLAGS},
    [LINTEL_HC_pt_exchange] = {READ, READ, FLAGS},
    [LINTEL_HC_pt_batch] = {BYTES, BYTES, FLAGS},
    [LINTEL_HC_pt_donate] = {RELEASE, FRAMES, FLAGS},
    [LINTEL_HC_pt_withdraw] = {RELEASE, FRAMES, FLAGS},
    [LINTEL_HC_text_write] = {READ, READ, BYTES, FLAGS},
    [LINTEL_HC_text_make] = {RELEASE, FRAMES, FLAGS},
    [LINTEL_HC_text_drop] = {RELEASE, FRAMES, FLAGS},
};

static const char* const names[ROWS] = {
#define HYPERCALL(name, number, arguments) [number] = #name,
#include <lintel/hypercalls.def>
#undef HYPERCALL
    [KNOWN_CALLS] = "(no such number)",
};

/* What the domains that are made are: with a little memory, so that many fit. */
static struct lintel_domain_create create;
static const struct lintel_domain_start begin;
#define DOMAIN_FRAMES 1024u
#define LAST_DOMAIN 12u /* numbers are drawn up to here, beside new and wild ones */
static volatile uint64_t newest_domain; /* that any vCPU has made */

/* A call that is new has to be looked at here: with arguments of any kind it may do harm. */
static void check_arguments(void)
{
#define HYPERCALL(name, number, count)                                           \
    _Static_assert((number) < KNOWN_CALLS, #name);                               \
    if ((count) != 0 && arguments[number][(count) == 0 ? 0 : (count)-1] == WILD) \
        error("the table of arguments lacks " #name);
#include <lintel/hypercalls.def>
#undef HYPERCALL
}

static uint64_t wild(struct stream* stream)
{
    static const uint64_t borders[] = {
        0,    1,    31,   32,         63,         64,         127,         255,        256,
        4095, 4096, 4097, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x1fffffff, ~0ull};
    switch (below(stream, 4)) {
    case 0:
        return next(stream);
    case 1:
        return next(stream) >> below(stream, 64);
    case 2:
        return 1ull << below(stream, 64);
    default:
        return borders[below(stream, sizeof borders / sizeof borders[0])];
    }
}

static uint64_t system_time_near(struct stream* stream)
{
    const volatile struct lintel_time_record* record = &time_record[0];
    return record->system_time + below(stream, 1 << 24);
}

/* A place in an area, aligned or not; or where no RAM is. */
static uint64_t place(struct stream* stream, const char* area)
{
    if (one_in(stream, 4))
        return outside(stream);
    const uint64_t offset = below(stream, AREA);
    return address_of(area) + (one_in(stream, 4) ? offset : offset & ~31ull);
}

static uint64_t good(struct stream* stream, enum kind kind)
{
    switch (kind) {
    case VCPU:
        return below(stream, info->vcpus + 1);
    case PORT:
        return below(stream, one_in(stream, 8) ? LINTEL_EVENT_PORTS + 1 : 48);
    case VIRQ:
        return below(stream, LINTEL_VIRQS + 1);
    case VECTOR:
        return below(stream, 257);
    case DEADLINE:
        return one_in(stream, 4) ? LINTEL_TIMER_NEVER : system_time_near(stream);
    case REASON:
        return below(stream, LINTEL_SHUTDOWN_HALT + 2);
    case GSI:
        return below(stream, 26);
    case IRQ_FLAGS:
        return below(stream, 5);
    case BYTES:
        return below(stream, one_in(stream, 8) ? LINTEL_CONSOLE_BYTES + 2 : 40);
    case FRAMES:
        return one_in(stream, 8) ? below(stream, 513) : below(stream, 4);
    case READ:
    case START: // dots are no state to start in; safety.h has those that are
        return place(stream, readable);
    case WRITE:
        return place(stream, writable);
    case DOMAIN:
        return one_in(stream, 4) ? newest_domain - below(stream, 3) : below(stream, LAST_DOMAIN);
    case SOMEBODY:
        return one_in(stream, 2) ? LINTEL_DOMAIN_SELF : below(stream, 4);
    case BEGIN: // at its first byte, which is zero: it crashes soon
        return one_in(stream, 4) ? place(stream, readable) : address_of(&begin);
    case CREATE:
        return one_in(stream, 8) ? place(stream, readable) : address_of(&create);
    case POPULATE:
        return (one_in(stream, 4) ? 0xf0000000 : 0) + below(stream, 2 * DOMAIN_FRAMES) * PAGE;
    case INFO_FLAGS:
        return below(stream, 3);
    case LOG_BYTES:
        return below(stream, SLACK + 2);
    case CLAIM:
    case RELEASE:
        return one_in(stream, 16) ? outside(stream)
                                  : releasable + below(stream, RELEASABLE / PAGE) * PAGE;
    default:
        return 0;
    }
}

static uint64_t argument(struct stream* stream, enum kind kind)
{
    const bool address = kind == READ || kind == WRITE || kind == START || kind == RELEASE ||
                         kind == CREATE || kind == BEGIN;
    if (kind != WILD && !one_in(stream, kind == FLAGS ? 16 : 8))
        return good(stream, kind);
    const uint64_t value = wild(stream);
    return address && in_ram(value) ? good(stream, kind) : value;
}

#endif
