/* SPDX-License-Identifier: MIT */
/* Event channels: the words a domain shares with the hypervisor. Contract: docs/abi/events.md. */
#ifndef LINTEL_EVENT_H
#define LINTEL_EVENT_H

#include "types.h"

#define LINTEL_EVENT_PORTS 4096u /* port 0 is never valid */
#define LINTEL_EVENT_WORDS 64u   /* words of 64 ports */

/*
 * Upcall state of one vCPU, a cache line of its own. The hypervisor sets a bit of `selector` for each
 * word of `pending` with news for this vCPU, then `pending`, then injects the upcall vector.
 */
struct lintel_upcall {
    uint64_t selector;
    uint32_t pending; /* non-zero: an upcall is due or being handled; the guest clears it first */
    uint32_t reserved;
    uint64_t pad[6];
};

#define LINTEL_EVENT_VCPUS 48u /* as many upcall states as fit the page */

struct lintel_events {
    uint64_t pending[LINTEL_EVENT_WORDS]; /* set by the hypervisor, cleared by the guest or on bind */
    uint64_t mask[LINTEL_EVENT_WORDS];    /* set: no upcall; the guest's, event_unmask clears it */
    struct lintel_upcall vcpu[LINTEL_EVENT_VCPUS];
};

/* Virtual interrupts, for event_bind_virq. */
#define LINTEL_VIRQ_TIMER 0u   /* per vCPU: the deadline of timer_set passed */
#define LINTEL_VIRQ_CONSOLE 1u /* vCPU 0: console input waits to be read */
#define LINTEL_VIRQ_SHUTDOWN 2u /* vCPU 0: dom0 asks the domain to end; see shutdown_wanted */
#define LINTEL_VIRQ_DOMAIN 3u   /* vCPU 0 of dom0: another domain has ended */
#define LINTEL_VIRQS 4u

/* Flags of event_send. */
#define LINTEL_EVENT_YIELD 1u /* the caller makes way for the receiver if nobody else waits */

#endif
