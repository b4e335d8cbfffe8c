/* SPDX-License-Identifier: MIT */
/* Sealed page tables: calls, commands and kinds of frames. Contract: docs/abi/sealed.md. */
#ifndef LINTEL_SEAL_H
#define LINTEL_SEAL_H

#include "types.h"

/* Bits of info.features, and of EBX of CPUID leaf LINTEL_CPUID_INFO. */
#define LINTEL_FEATURE_SEAL 0x1u          /* this domain may seal its page tables */
#define LINTEL_FEATURE_SEAL_REQUIRED 0x2u /* it is to stop if it cannot */
#define LINTEL_FEATURE_SEAL_CHECK 0x4u    /* stores to protected frames are reported and let through */

/* What frames are, in seal_declare. */
#define LINTEL_FRAME_PLAIN 0u  /* anything; takes a declaration back */
#define LINTEL_FRAME_KERNEL 1u /* the kernel's data */
#define LINTEL_FRAME_TEXT 2u   /* what the kernel executes */
#define LINTEL_FRAME_PT 3u     /* page tables, by level */
#define LINTEL_FRAME_PD 4u
#define LINTEL_FRAME_PDPT 5u
#define LINTEL_FRAME_ROOT 6u /* PML4 */

/* seal_declare: one element. Read once. */
struct lintel_seal_range {
    uint64_t gpa;   /* of the first frame, page-aligned */
    uint32_t pages; /* 1 .. LINTEL_SEAL_RANGE_PAGES */
    uint32_t kind;  /* LINTEL_FRAME_* */
};
#define LINTEL_SEAL_RANGE_PAGES 16384u /* most pages of an element */
#define LINTEL_SEAL_RANGES 128u        /* most elements of one call */

#define LINTEL_SEAL_PAIR 0x1u /* flag of seal: the master root is a pair, 8 KiB-aligned */

#define LINTEL_SEAL_PAGES 512u /* most pages of one pt_donate, pt_withdraw, text_make or text_drop */

/*
 * pt_batch: a command is one slot of two words, or two slots. Bits 2:0 of the first word say which it is;
 * the others are a guest-physical address.
 */
struct lintel_seal_slot {
    uint64_t word[2];
};
#define LINTEL_SEAL_SLOTS 256u /* slots of a vCPU's command buffer, which is one page */

#define LINTEL_SEAL_SET 0u        /* an entry; its value */
#define LINTEL_SEAL_CHANGE 1u     /* the first of a run of entries; how many; bits to keep; bits to set */
#define LINTEL_SEAL_GIVE_LEVEL 2u /* a donated page; 0: pt, 1: pd, 2: pdpt */
#define LINTEL_SEAL_MAKE_ROOT 3u  /* a donated page, or a root; 0: one page, 1: a pair */
#define LINTEL_SEAL_LOAD_ROOT 4u  /* a root; zero */

#endif
