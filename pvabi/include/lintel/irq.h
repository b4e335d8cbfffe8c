/* SPDX-License-Identifier: MIT */
/* Interrupts of physical devices, for dom0. Contract: docs/abi/irqs.md. */
#ifndef LINTEL_IRQ_H
#define LINTEL_IRQ_H

#include "types.h"

/* Flags of irq_bind; without them edge-triggered and active-high. */
#define LINTEL_IRQ_LEVEL 0x1u /* level-triggered: irq_eoi lets the next one come */
#define LINTEL_IRQ_LOW 0x2u   /* active-low */

/* msi_bind: what the device has to write, and where. */
struct lintel_msi {
    uint64_t address;
    uint32_t data;
    uint32_t reserved; /* zero */
};

#endif
