/* SPDX-License-Identifier: MIT */
/* Virtual processors beyond the first. Contract: docs/abi/vcpus.md. */
#ifndef LINTEL_VCPU_H
#define LINTEL_VCPU_H

#include "types.h"

/* vcpu_start: where a vCPU begins, in 64-bit mode at privilege level 0. Read once. */
struct lintel_vcpu_start {
    uint64_t rip;         /* virtual, canonical */
    uint64_t rsp;         /* virtual, canonical */
    uint64_t rdi;         /* any value: the argument */
    uint64_t cr3;         /* guest-physical address of a PML4, page-aligned */
    uint64_t reserved[4]; /* zero */
};

/* Results of vcpu_state. */
#define LINTEL_VCPU_STOPPED 0u  /* not started yet, or stopped: vcpu_start may start it */
#define LINTEL_VCPU_RUNNABLE 1u /* runs, or waits for its turn */
#define LINTEL_VCPU_BLOCKED 2u  /* waits in HLT or vcpu_wait */

#endif
