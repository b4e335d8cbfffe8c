/* SPDX-License-Identifier: MIT */
/* Detection by CPUID. Contract: docs/abi/detection.md. */
#ifndef LINTEL_CPUID_H
#define LINTEL_CPUID_H

#include "types.h"

/*
 * Leaf 0x40000000: EAX = highest leaf, EBX:ECX:EDX = "LintelLintel" (twelve bytes, in this order).
 */
#define LINTEL_CPUID_SIGNATURE 0x40000000u
#define LINTEL_SIGNATURE_EBX 0x746e694cu /* "Lint" */
#define LINTEL_SIGNATURE_ECX 0x694c6c65u /* "elLi" */
#define LINTEL_SIGNATURE_EDX 0x6c65746eu /* "ntel" */

/*
 * Leaf 0x40000001: EAX = LINTEL_ABI_REVISION, EBX = feature bits 31:0 (seal.h),
 * ECX = low and EDX = high half of the guest-physical address of struct lintel_info.
 */
#define LINTEL_CPUID_INFO 0x40000001u

/* Leaf 0x40000002: EAX = index of the calling vCPU, EBX = TSC frequency in kHz; ECX, EDX zero. */
#define LINTEL_CPUID_VCPU 0x40000002u

#define LINTEL_CPUID_LAST LINTEL_CPUID_VCPU

/* Changes whenever a guest could notice; docs/abi/changelog.md says how. */
#define LINTEL_ABI_REVISION 4u

#endif
