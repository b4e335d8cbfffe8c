/* SPDX-License-Identifier: MIT */
/* The window: one PML4 slot of every guest address space. Contract: docs/abi/window.md. */
#ifndef LINTEL_WINDOW_H
#define LINTEL_WINDOW_H

#include "types.h"

#define LINTEL_WINDOW_SLOT 509 /* index in the PML4 */
#define LINTEL_WINDOW_BASE 0xfffffe8000000000ull
#define LINTEL_WINDOW_BYTES 0x8000000000ull /* 512 GiB */

/*
 * Each kind of shared page starts on a 2 MiB boundary of its own, because rights differ.
 * Virtual addresses are fixed; guest-physical ones are in struct lintel_info.
 */
#define LINTEL_WINDOW_GATE (LINTEL_WINDOW_BASE + 0x000000ull)    /* reserved, not mapped */
#define LINTEL_WINDOW_INFO (LINTEL_WINDOW_BASE + 0x200000ull)    /* struct lintel_info, read-only */
#define LINTEL_WINDOW_TIME (LINTEL_WINDOW_BASE + 0x400000ull)    /* lintel_time_record[], read-only */
#define LINTEL_WINDOW_EVENTS (LINTEL_WINDOW_BASE + 0x600000ull)  /* struct lintel_events, writable */
#define LINTEL_WINDOW_COMMAND (LINTEL_WINDOW_BASE + 0x800000ull) /* struct lintel_seal_slot[][256] */
#define LINTEL_WINDOW_GRANTS (LINTEL_WINDOW_BASE + 0xa00000ull)  /* reserved: grant table */
#define LINTEL_WINDOW_STATS (LINTEL_WINDOW_BASE + 0xc00000ull)   /* lintel_vcpu_stats[], read-only */

#endif
