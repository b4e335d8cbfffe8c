/* SPDX-License-Identifier: Apache-2.0 */
/* The shared pages, where the window shows them. Contract: docs/abi/window.md. */
#ifndef RUNTIME_WINDOW_H
#define RUNTIME_WINDOW_H

#include <lintel/event.h>
#include <lintel/grant.h>
#include <lintel/info.h>
#include <lintel/time.h>
#include <lintel/window.h>

/* Where CPUID says that the information page is, guest-physical. */
uint64_t info_address(void);

#define info ((const volatile struct lintel_info*)LINTEL_WINDOW_INFO)
#define time_record ((const volatile struct lintel_time_record*)LINTEL_WINDOW_TIME)
#define events ((volatile struct lintel_events*)LINTEL_WINDOW_EVENTS)
#define grant_table ((volatile uint64_t*)LINTEL_WINDOW_GRANTS)
#define stats ((const volatile struct lintel_vcpu_stats*)LINTEL_WINDOW_STATS)

#endif
