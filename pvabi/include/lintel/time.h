/* SPDX-License-Identifier: MIT */
/* Time records: how a guest turns the TSC into system time. Contract: docs/abi/time.md. */
#ifndef LINTEL_TIME_H
#define LINTEL_TIME_H

#include "types.h"

/*
 * The layout that KVM and Xen share (pvclock). Readers take `version` before and after: odd means
 * being written, changed means read again.
 *   system time in ns = system_time + (((tsc - tsc_timestamp) << shift) * mul >> 32)
 * where a negative shift shifts right. System time starts at 0 when the hypervisor starts.
 */
struct lintel_time_record {
    uint32_t version;
    uint32_t pad0; /* zero */
    uint64_t tsc_timestamp;
    uint64_t system_time; /* ns */
    uint32_t tsc_to_system_mul;
    int8_t tsc_shift;
    uint8_t flags;  /* LINTEL_TIME_* */
    uint8_t pad[2]; /* zero */
};

#define LINTEL_TIME_TSC_STABLE 0x1u /* records of all vCPUs agree: no need to compare them */

/* timer_set: a deadline that never comes; disarms the timer. */
#define LINTEL_TIMER_NEVER 0xffffffffffffffffull

#endif
