/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would end the run by contract, taken out of a call before it is made: the domain's end, a
 * vCPU that starts nowhere, an NMI for one that has no IDT yet, memory given away that is in use.
 */
#ifndef FUZZ_SAFETY_H
#define FUZZ_SAFETY_H

#include "arguments.h"
#include "result.h"
#include "smp.h"

extern void vcpu_entry(void); /* of the runtime */

struct call {
    uint64_t number;
    uint64_t in[5];
    unsigned row;
};

static struct lintel_vcpu_start starts[MAX_VCPUS];
static char start_stacks[MAX_VCPUS][8192] __attribute__((aligned(16)));

static void prepare_start(unsigned vcpu)
{
    starts[vcpu] = (struct lintel_vcpu_start){.rip = address_of((void*)vcpu_entry),
                                              .rsp = address_of(start_stacks[vcpu + 1]),
                                              .rdi = vcpu,
                                              .cr3 = read_cr3()};
}

/*
 * A vCPU stops while nobody has an NMI for it on the way: senders count up, and leave those alone
 * that have CLOSED set. It is set until the vCPU has an IDT again.
 */
#define CLOSED 0x80000000u
static uint32_t nmi_gates[MAX_VCPUS];

static void open_gate(unsigned vcpu)
{
    __atomic_fetch_and(&nmi_gates[vcpu], ~CLOSED, __ATOMIC_SEQ_CST);
}
static void close_gate(unsigned vcpu)
{
    __atomic_fetch_or(&nmi_gates[vcpu], CLOSED, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&nmi_gates[vcpu], __ATOMIC_SEQ_CST) != CLOSED)
        vcpu_yield();
}

static void spare_domain(struct call* call)
{
    uint64_t* const in = call->in;
    if (call->number == LINTEL_HC_shutdown && in[0] <= LINTEL_SHUTDOWN_HALT && in[1] == 0)
        in[1] = 1;
    if (call->number == LINTEL_HC_memory_release && in[0] - releasable < RELEASABLE) {
        const uint64_t most = (releasable + RELEASABLE - in[0]) / PAGE;
        in[1] = in[1] < most ? in[1] : most;
    }
    if (call->number == LINTEL_HC_vcpu_start && in[0] < info->vcpus && in[1] % 2 == 0)
        in[1] = address_of(&starts[in[0]]);
}

/* Bits of text are for a reader to see that it lives; a kilobyte says that. */
static void spare_console(struct stream* stream, struct call* call)
{
    const uint64_t most = 512, bytes = call->in[1];
    if (call->number != LINTEL_HC_console_write || bytes > LINTEL_CONSOLE_BYTES)
        return;
    if (stream->printed + bytes > most)
        call->in[1] = 0;
    else
        stream->printed += bytes;
}

/* Where the domain needs this vCPU: vCPU 0 never stops, and is woken by itself. */
static void spare_caller(struct stream* stream, struct call* call, unsigned vcpu)
{
    const bool good = call->in[0] == 0;
    if (call->number == LINTEL_HC_vcpu_stop && good && (vcpu == 0 || !one_in(stream, 16)))
        call->in[0] = 1 + below(stream, 1000);
    if (call->number == LINTEL_HC_vcpu_wait && good && vcpu == 0)
        vcpu_kick(0);
}

static int64_t issue(struct call* call, unsigned vcpu)
{
    const uint64_t* const in = call->in;
    uint32_t* gate = NULL;
    if (call->number == LINTEL_HC_vcpu_nmi && in[0] < info->vcpus) {
        gate = &nmi_gates[in[0]];
        if ((__atomic_fetch_add(gate, 1, __ATOMIC_SEQ_CST) & CLOSED) != 0)
            call->in[1] = 1;
    }
    if (call->number == LINTEL_HC_vcpu_stop && in[0] == 0)
        close_gate(vcpu);
    const int64_t result = hypercall(call->number, in[0], in[1], in[2], in[3], in[4]);
    if (gate != NULL)
        __atomic_fetch_sub(gate, 1, __ATOMIC_SEQ_CST);
    return result;
}

#endif
