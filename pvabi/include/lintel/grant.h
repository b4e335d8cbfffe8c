/* SPDX-License-Identifier: MIT */
/* Grants: letting another domain map or copy a page. Contract: docs/abi/grants.md. */
#ifndef LINTEL_GRANT_H
#define LINTEL_GRANT_H

#include "types.h"

#define LINTEL_GRANT_ENTRIES 32768u /* most entries of a domain's table; see info.grant_entries */
#define LINTEL_MAPPINGS 65536u      /* most handles a domain may hold */
#define LINTEL_GRANT_BATCH 128u     /* most elements of one call */

/*
 * An entry of the table at LINTEL_WINDOW_GRANTS, stored by the guest in one 64-bit access; its index is
 * the reference. The hypervisor only reads it. Bits 47:12: guest-physical address of the page; 63:48:
 * the domain that may use it; 0: present; 1: that domain may write; others zero. Zero: nothing granted.
 */
#define LINTEL_GRANT_PRESENT 0x1ull
#define LINTEL_GRANT_WRITABLE 0x2ull
#define LINTEL_GRANT_ADDRESS 0x0000fffffffff000ull
#define LINTEL_GRANT_PEER_SHIFT 48

#define LINTEL_GRANT_READONLY 0x1u /* flag of grant_map and foreign_map: map without the right to write */

/* grant_map: one element. */
struct lintel_grant_map {
    uint32_t ref;     /* in: the granter's entry */
    uint16_t domain;  /* in: the granter */
    uint16_t flags;   /* in: LINTEL_GRANT_READONLY or zero */
    uint64_t gpa;     /* in: where, in the foreign window; dom0: zero. out: where it is */
    uint32_t handle;  /* out: for grant_unmap */
    int32_t status;   /* out: 0 or a negative status */
};

/* grant_unmap: one element. */
struct lintel_grant_unmap {
    uint32_t handle; /* in */
    int32_t status;  /* out */
};

/* grant_revoke_batch: one element. */
struct lintel_grant_revoke {
    uint32_t ref;   /* in: an entry of the caller's table, cleared */
    int32_t status; /* out */
};

#define LINTEL_GRANT_TO_PEER 0x1u /* flag of an element: from the caller's RAM into the granted page */

/* grant_copy: one element; bytes between the caller's RAM and a page that was granted to it. */
struct lintel_grant_copy {
    uint64_t gpa;    /* in: the caller's side; may cross pages */
    uint32_t ref;    /* in */
    uint16_t domain; /* in */
    uint16_t flags;  /* in: LINTEL_GRANT_TO_PEER or zero */
    uint16_t offset; /* in: within the granted page */
    uint16_t bytes;  /* in: 1 .. 4096 - offset */
    int32_t status;  /* out */
};

#define LINTEL_FOREIGN_FRAMES 512u /* most frames of one foreign_map */

#endif
