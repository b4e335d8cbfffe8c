/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upcalls by the book (docs/abi/events.md, "The guest's side"), and system time, on each vCPU.
 * Interrupts are on only while the test lets them be.
 */
#ifndef RUNTIME_UPCALL_H
#define RUNTIME_UPCALL_H

#include <stdbool.h>
#include <stdint.h>

#define UPCALL_VECTOR 0xe0

void upcall_start(void);     /* this vCPU takes upcalls on UPCALL_VECTOR */
uint64_t upcall_count(void); /* upcalls of this vCPU so far */
uint64_t upcall_count_of(unsigned vcpu);
void port_owner(uint32_t port,
                unsigned vcpu); /* who takes its events; vCPU 0 if this is not called */
bool port_taken(uint32_t port); /* whether an event came on it since this was last asked */

/* A handler for whoever does not care which ports had events: takes those of all vCPUs. */
struct frame;
bool take_every_port(struct frame* frame);

/* With interrupts on until the count differs from `before`; false after `ns` of system time. */
bool wait_for_upcall(uint64_t before, uint64_t ns);

uint64_t system_time(void);

#endif
