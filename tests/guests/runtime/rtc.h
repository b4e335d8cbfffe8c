/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock chip's periodic interrupt, as a device whose line can be looked at. Once it fires, the
 * line stays asserted until register C is read: so the pin works with either trigger.
 * Motorola MC146818 data sheet, "Registers".
 */
#ifndef RUNTIME_RTC_H
#define RUNTIME_RTC_H

#include <stdbool.h>
#include <stdint.h>

#include "processor.h"

#define RTC_GSI 8u
#define RTC_PERIOD_NS 976563ull /* of rate 6, 1024 Hz */

static inline uint8_t rtc_read(uint8_t index)
{
    out8(0x70, index);
    return in8(0x71);
}
static inline void rtc_write(uint8_t index, uint8_t value)
{
    out8(0x70, index);
    out8(0x71, value);
}

/* Releases the line. Whether the period was over, or several were. */
static inline bool rtc_acknowledge(void)
{
    return (rtc_read(0x0c) & 0x40) != 0;
}
static inline void rtc_stop(void)
{
    rtc_write(0x0b, rtc_read(0x0b) & 0x8f);
    rtc_acknowledge();
}
static inline void rtc_start(void)
{
    rtc_stop();
    rtc_write(0x0a, 0x26);
    rtc_write(0x0b, rtc_read(0x0b) | 0x40);
}

#endif
