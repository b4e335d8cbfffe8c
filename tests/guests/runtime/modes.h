/* SPDX-License-Identifier: Apache-2.0 */
/* Excursions from 64-bit mode. */
#ifndef RUNTIME_MODES_H
#define RUNTIME_MODES_H

/*
 * Calls 32-bit code in protected mode without paging, on this stack, with interrupts off. Segments
 * are flat and the IDT is still the one of 64-bit mode: an exception there is a triple fault.
 */
void in_protected_mode(void (*code)(void));

/* Calls 32-bit code of ring 0 in compatibility mode: paging and the IDT go on. */
void in_compatibility_mode(void (*code)(void));

#endif
