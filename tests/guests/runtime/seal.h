/* SPDX-License-Identifier: Apache-2.0 */
/* Calls and commands of sealed page tables. Contract: docs/abi/sealed.md. */
#ifndef RUNTIME_SEAL_H
#define RUNTIME_SEAL_H

#include <stdint.h>

#include <lintel/seal.h>
#include <lintel/window.h>

#include "hypercall.h"
#include "smp.h"

struct answer {
    int64_t status;
    uint64_t second; /* RDX */
};

static inline struct answer hypercall_answer(uint64_t number, uint64_t a, uint64_t b, uint64_t c,
                                             uint64_t d)
{
    register uint64_t r10 asm("r10") = d;
    struct answer answer = {0, c};
    asm volatile("vmcall"
                 : "=a"(answer.status), "+d"(answer.second)
                 : "0"(number), "D"(a), "S"(b), "r"(r10)
                 : "memory");
    return answer;
}

static inline struct answer seal_declare(uint64_t address, uint64_t count)
{
    return hypercall_answer(LINTEL_HC_seal_declare, address, count, 0, 0);
}
static inline struct answer seal(uint64_t root, uint64_t flags)
{
    return hypercall_answer(LINTEL_HC_seal, root, flags, 0, 0);
}
static inline struct answer pt_exchange(uint64_t entry, uint64_t value)
{
    return hypercall_answer(LINTEL_HC_pt_exchange, entry, value, 0, 0);
}
static inline int64_t pt_batch(uint64_t first, uint64_t end)
{
    return hypercall_answer(LINTEL_HC_pt_batch, first, end, 0, 0).status;
}
static inline int64_t pt_donate(uint64_t address, uint64_t pages)
{
    return hypercall_answer(LINTEL_HC_pt_donate, address, pages, 0, 0).status;
}
static inline struct answer pt_withdraw(uint64_t address, uint64_t pages)
{
    return hypercall_answer(LINTEL_HC_pt_withdraw, address, pages, 0, 0);
}
static inline int64_t text_write(uint64_t address, uint64_t value, uint64_t bytes)
{
    return hypercall_answer(LINTEL_HC_text_write, address, value, bytes, 0).status;
}
static inline struct answer text_make(uint64_t address, uint64_t pages)
{
    return hypercall_answer(LINTEL_HC_text_make, address, pages, 0, 0);
}
static inline struct answer text_drop(uint64_t address, uint64_t pages)
{
    return hypercall_answer(LINTEL_HC_text_drop, address, pages, 0, 0);
}

/* Those that do a part at a time, until they are done or refused. */
static inline struct answer until_done(struct answer (*call)(uint64_t, uint64_t), uint64_t a,
                                       uint64_t b)
{
    struct answer answer;
    do
        answer = call(a, b);
    while (answer.status > 0);
    return answer;
}

/* The calling vCPU's command buffer. */
static inline volatile struct lintel_seal_slot* command_slots(void)
{
    return (volatile struct lintel_seal_slot*)(LINTEL_WINDOW_COMMAND + 4096ull * this_vcpu());
}
static inline void put_slot(unsigned slot, uint64_t first, uint64_t second)
{
    command_slots()[slot].word[0] = first;
    command_slots()[slot].word[1] = second;
}

/* One command in a batch of its own: 0, or why it is refused. */
static inline int64_t command(uint64_t address, unsigned operation, uint64_t operand)
{
    put_slot(0, address | operation, operand);
    const int64_t done = pt_batch(0, 1);
    return done == 1 ? 0 : done;
}
static inline int64_t set_entry(uint64_t entry, uint64_t value)
{
    return command(entry, LINTEL_SEAL_SET, value);
}
static inline int64_t change_entries(uint64_t entry, uint64_t count, uint64_t keep, uint64_t set)
{
    put_slot(0, entry | LINTEL_SEAL_CHANGE, count);
    put_slot(1, keep, set);
    const int64_t done = pt_batch(0, 2);
    return done == 2 ? 0 : done;
}

#endif
