/* SPDX-License-Identifier: MIT */
/* Console devices, class 1. Contract: docs/abi/devices.md. */
#ifndef LINTEL_CONSOLE_H
#define LINTEL_CONSOLE_H

#include "ring.h"

#define LINTEL_CONSOLE_VERSION 2u /* of the class's protocol, device.version */

/*
 * device.ring_gpa names two pages, each with one ring: first the output, which the guest produces, then
 * the input, which the backend produces. device.port carries the notifications of both, in both
 * directions.
 */
#define LINTEL_CONSOLE_PAGES 2u
#define LINTEL_CONSOLE_ORDER 5u /* the largest ring that fits a page */

struct lintel_console_slot {
    uint16_t bytes; /* of the text, 0 .. LINTEL_CONSOLE_TEXT; the rest is zero */
    uint8_t text[60];
    uint16_t lap; /* the ring's own: docs/abi/rings.md */
};
#define LINTEL_CONSOLE_TEXT 60u

#endif
