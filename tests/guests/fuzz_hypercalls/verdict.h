/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a result can be right, as far as that can be said without knowing what others do. */
#ifndef FUZZ_VERDICT_H
#define FUZZ_VERDICT_H

#include "safety.h"

/* Whether the contract leaves no other way, whatever state the domain is in. */
static bool must_fail(const struct call* call)
{
    if (call->row == KNOWN_CALLS)
        return true;
    const bool console =
        call->row == LINTEL_HC_console_write || call->row == LINTEL_HC_console_read;
    const bool empty = console && call->in[1] == 0;
    for (unsigned i = 0; i < 5; ++i) {
        const uint64_t value = call->in[i];
        switch (arguments[call->row][i]) {
        case FLAGS:
            if (value != 0)
                return true;
            break;
        case VCPU:
            if (value >= info->vcpus)
                return true;
            break;
        case INFO_FLAGS:
            if (value > LINTEL_DOMAIN_INFO_NEXT)
                return true;
            break;
        case READ:
        case WRITE:
        case START:
        case CREATE:
        case BEGIN:
            if (!empty && !in_ram(value))
                return true;
            break;
        }
    }
    return false;
}

/* Foreign mappings that were made, to be ended: as many as there is room for, others at once. */
#define MAPPINGS 8192u
static uint32_t mappings[MAPPINGS];
static volatile uint32_t mappings_made;

static void keep_mapping(uint32_t handle)
{
    const uint32_t at = __atomic_fetch_add(&mappings_made, 1, __ATOMIC_SEQ_CST);
    struct lintel_grant_unmap element = {handle, 0};
    if (at < MAPPINGS)
        mappings[at] = handle;
    else
        foreign_unmap(address_of(&element), 1);
}

static void judge(struct stream* stream, const struct call* call, int64_t result)
{
    unsigned status = 0;
    if (result < 0)
        for (status = 1; status < STATUSES && statuses[status] != result; ++status)
            ;
    const int64_t largest = call->row == LINTEL_HC_domain_create ? 0xffff
                            : call->row == LINTEL_HC_foreign_map ? 0xffffffff
                                                                 : 4112;
    if (status == STATUSES || result > largest || (result >= 0 && must_fail(call)))
        failure("%s(%lx, %lx, %lx) gives %ld", names[call->row], call->in[0], call->in[1],
                call->in[2], result);
    if (call->row == KNOWN_CALLS && result != LINTEL_ENOSYS)
        failure("number %lx gives %ld", call->number, result);
    if (call->row >= LINTEL_HC_seal_declare && call->row <= LINTEL_HC_text_drop &&
        result != LINTEL_EPERM && result != LINTEL_EINVAL)
        failure("%s gives %ld in dom0, which seals nothing", names[call->row], result);
    if (call->row == LINTEL_HC_domain_create && result > 0)
        newest_domain = (uint64_t)result;
    if (call->row == LINTEL_HC_foreign_map && result > 0)
        keep_mapping((uint32_t)result);
    ++stream->counts[call->row][status];
}

#endif
