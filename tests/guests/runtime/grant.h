/* SPDX-License-Identifier: Apache-2.0 */
/* Grants one at a time. Contract: docs/abi/grants.md. */
#ifndef RUNTIME_GRANT_H
#define RUNTIME_GRANT_H

#include "hypercall.h"
#include "result.h"
#include "window.h"

/* Lets a domain use a page of this one; 0 is a page like any other. */
static inline void grant(uint32_t ref, uint64_t page, uint64_t peer, bool writable)
{
    const uint64_t entry = page | peer << LINTEL_GRANT_PEER_SHIFT | LINTEL_GRANT_PRESENT |
                           (writable ? LINTEL_GRANT_WRITABLE : 0);
    __atomic_store_n(&grant_table[ref], entry, __ATOMIC_SEQ_CST);
}
static inline void grant_clear(uint32_t ref)
{
    __atomic_store_n(&grant_table[ref], 0, __ATOMIC_SEQ_CST);
}

static inline struct lintel_grant_map map_one(uint64_t domain, uint32_t ref, uint16_t flags,
                                              uint64_t gpa)
{
    struct lintel_grant_map element = {ref, (uint16_t)domain, flags, gpa, ~0u, 1};
    expect_equal(grant_map((uintptr_t)&element, 1), 1);
    return element;
}
/* Ends the test if it fails. */
static inline struct lintel_grant_map must_map(uint64_t domain, uint32_t ref, uint16_t flags,
                                               uint64_t gpa)
{
    const struct lintel_grant_map mapped = map_one(domain, ref, flags, gpa);
    if (mapped.status != 0)
        failure("grant_map of entry %u of domain %lu gives %d", ref, domain, mapped.status);
    return mapped;
}
static inline int32_t unmap_one(uint32_t handle)
{
    struct lintel_grant_unmap element = {handle, 1};
    expect_equal(grant_unmap((uintptr_t)&element, 1), 1);
    return element.status;
}
static inline int32_t copy_one(uint64_t gpa, uint64_t domain, uint32_t ref, uint16_t offset,
                               uint16_t bytes, uint16_t flags)
{
    struct lintel_grant_copy element = {gpa, ref, (uint16_t)domain, flags, offset, bytes, 1};
    expect_equal(grant_copy((uintptr_t)&element, 1), 1);
    return element.status;
}
static inline int32_t foreign_unmap_one(uint32_t handle)
{
    struct lintel_grant_unmap element = {handle, 1};
    expect_equal(foreign_unmap((uintptr_t)&element, 1), 1);
    return element.status;
}

static inline volatile uint64_t* words_at(uint64_t address)
{
    return (volatile uint64_t*)address;
}

#endif
