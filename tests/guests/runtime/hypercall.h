/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls, by number and by name. Contract: docs/abi/hypercalls.md. */
#ifndef RUNTIME_HYPERCALL_H
#define RUNTIME_HYPERCALL_H

#include <stdint.h>

#include <lintel/domain.h>
#include <lintel/event.h>
#include <lintel/grant.h>
#include <lintel/hypercall.h>
#include <lintel/irq.h>
#include <lintel/status.h>
#include <lintel/time.h>
#include <lintel/vcpu.h>

static inline int64_t hypercall(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                                uint64_t e)
{
    register uint64_t r10 asm("r10") = d;
    register uint64_t r8 asm("r8") = e;
    int64_t result;
    asm volatile("vmcall"
                 : "=a"(result)
                 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                 : "memory");
    return result;
}

static inline int64_t abi_revision(void)
{
    return hypercall(LINTEL_HC_abi_revision, 0, 0, 0, 0, 0);
}
static inline int64_t console_write(uint64_t address, uint64_t bytes)
{
    return hypercall(LINTEL_HC_console_write, address, bytes, 0, 0, 0);
}
static inline int64_t console_read(uint64_t address, uint64_t bytes)
{
    return hypercall(LINTEL_HC_console_read, address, bytes, 0, 0, 0);
}
static inline int64_t shutdown(uint64_t reason)
{
    return hypercall(LINTEL_HC_shutdown, reason, 0, 0, 0, 0);
}
static inline int64_t timer_set(uint64_t deadline_ns)
{
    return hypercall(LINTEL_HC_timer_set, deadline_ns, 0, 0, 0, 0);
}
static inline int64_t time_register(uint64_t vcpu, uint64_t address)
{
    return hypercall(LINTEL_HC_time_register, vcpu, address, 0, 0, 0);
}
static inline int64_t upcall_set(uint64_t vector)
{
    return hypercall(LINTEL_HC_upcall_set, vector, 0, 0, 0, 0);
}
static inline int64_t event_bind_virq(uint64_t virq, uint64_t vcpu)
{
    return hypercall(LINTEL_HC_event_bind_virq, virq, vcpu, 0, 0, 0);
}
static inline int64_t event_bind_ipi(uint64_t vcpu)
{
    return hypercall(LINTEL_HC_event_bind_ipi, vcpu, 0, 0, 0, 0);
}
static inline int64_t event_close(uint64_t port)
{
    return hypercall(LINTEL_HC_event_close, port, 0, 0, 0, 0);
}
static inline int64_t event_send(uint64_t port)
{
    return hypercall(LINTEL_HC_event_send, port, 0, 0, 0, 0);
}
static inline int64_t event_unmask(uint64_t port)
{
    return hypercall(LINTEL_HC_event_unmask, port, 0, 0, 0, 0);
}
static inline int64_t vcpu_start(uint64_t vcpu, uint64_t address)
{
    return hypercall(LINTEL_HC_vcpu_start, vcpu, address, 0, 0, 0);
}
static inline int64_t vcpu_stop(void)
{
    return hypercall(LINTEL_HC_vcpu_stop, 0, 0, 0, 0, 0);
}
static inline int64_t vcpu_state(uint64_t vcpu)
{
    return hypercall(LINTEL_HC_vcpu_state, vcpu, 0, 0, 0, 0);
}
static inline int64_t vcpu_yield(void)
{
    return hypercall(LINTEL_HC_vcpu_yield, 0, 0, 0, 0, 0);
}
static inline int64_t vcpu_wait(void)
{
    return hypercall(LINTEL_HC_vcpu_wait, 0, 0, 0, 0, 0);
}
static inline int64_t vcpu_kick(uint64_t vcpu)
{
    return hypercall(LINTEL_HC_vcpu_kick, vcpu, 0, 0, 0, 0);
}
static inline int64_t vcpu_nmi(uint64_t vcpu)
{
    return hypercall(LINTEL_HC_vcpu_nmi, vcpu, 0, 0, 0, 0);
}
static inline int64_t irq_bind(uint64_t gsi, uint64_t vcpu, uint64_t flags)
{
    return hypercall(LINTEL_HC_irq_bind, gsi, vcpu, flags, 0, 0);
}
static inline int64_t irq_eoi(uint64_t port)
{
    return hypercall(LINTEL_HC_irq_eoi, port, 0, 0, 0, 0);
}
static inline int64_t msi_bind(uint64_t address, uint64_t vcpu)
{
    return hypercall(LINTEL_HC_msi_bind, address, vcpu, 0, 0, 0);
}
static inline int64_t event_move(uint64_t port, uint64_t vcpu)
{
    return hypercall(LINTEL_HC_event_move, port, vcpu, 0, 0, 0);
}
static inline int64_t memory_release(uint64_t address, uint64_t frames)
{
    return hypercall(LINTEL_HC_memory_release, address, frames, 0, 0, 0);
}
static inline int64_t memory_claim(uint64_t address, uint64_t frames)
{
    return hypercall(LINTEL_HC_memory_claim, address, frames, 0, 0, 0);
}
static inline int64_t domain_create(uint64_t address)
{
    return hypercall(LINTEL_HC_domain_create, address, 0, 0, 0, 0);
}
static inline int64_t domain_destroy(uint64_t domain)
{
    return hypercall(LINTEL_HC_domain_destroy, domain, 0, 0, 0, 0);
}
static inline int64_t domain_populate(uint64_t domain, uint64_t address, uint64_t frames)
{
    return hypercall(LINTEL_HC_domain_populate, domain, address, frames, 0, 0);
}
static inline int64_t domain_start(uint64_t domain, uint64_t address)
{
    return hypercall(LINTEL_HC_domain_start, domain, address, 0, 0, 0);
}
static inline int64_t domain_pause(uint64_t domain)
{
    return hypercall(LINTEL_HC_domain_pause, domain, 0, 0, 0, 0);
}
static inline int64_t domain_unpause(uint64_t domain)
{
    return hypercall(LINTEL_HC_domain_unpause, domain, 0, 0, 0, 0);
}
static inline int64_t domain_info(uint64_t domain, uint64_t address, uint64_t flags)
{
    return hypercall(LINTEL_HC_domain_info, domain, address, flags, 0, 0);
}
static inline int64_t domain_shutdown(uint64_t domain, uint64_t reason)
{
    return hypercall(LINTEL_HC_domain_shutdown, domain, reason, 0, 0, 0);
}
static inline int64_t shutdown_wanted(void)
{
    return hypercall(LINTEL_HC_shutdown_wanted, 0, 0, 0, 0, 0);
}
static inline int64_t machine_info(uint64_t address)
{
    return hypercall(LINTEL_HC_machine_info, address, 0, 0, 0, 0);
}
static inline int64_t log_read(uint64_t position, uint64_t address, uint64_t bytes)
{
    return hypercall(LINTEL_HC_log_read, position, address, bytes, 0, 0);
}
static inline int64_t foreign_map(uint64_t domain, uint64_t address, uint64_t frames,
                                  uint64_t result, uint64_t flags)
{
    return hypercall(LINTEL_HC_foreign_map, domain, address, frames, result, flags);
}
static inline int64_t foreign_unmap(uint64_t address, uint64_t count)
{
    return hypercall(LINTEL_HC_foreign_unmap, address, count, 0, 0, 0);
}
static inline int64_t grant_map(uint64_t address, uint64_t count)
{
    return hypercall(LINTEL_HC_grant_map, address, count, 0, 0, 0);
}
static inline int64_t grant_unmap(uint64_t address, uint64_t count)
{
    return hypercall(LINTEL_HC_grant_unmap, address, count, 0, 0, 0);
}
static inline int64_t grant_copy(uint64_t address, uint64_t count)
{
    return hypercall(LINTEL_HC_grant_copy, address, count, 0, 0, 0);
}
static inline int64_t grant_revoke(uint64_t ref)
{
    return hypercall(LINTEL_HC_grant_revoke, ref, 0, 0, 0, 0);
}
static inline int64_t event_alloc(uint64_t domain, uint64_t peer)
{
    return hypercall(LINTEL_HC_event_alloc, domain, peer, 0, 0, 0);
}
static inline int64_t event_bind(uint64_t domain, uint64_t port, uint64_t vcpu)
{
    return hypercall(LINTEL_HC_event_bind, domain, port, vcpu, 0, 0);
}

#endif
