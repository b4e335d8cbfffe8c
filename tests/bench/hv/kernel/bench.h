/* SPDX-License-Identifier: Apache-2.0 */
/* An operation is done many times, each time by itself: how many ticks it took, and which exits. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "processor.h"

struct operation {
    const char* name; /* report.py has the words for it */
    void (*begin)(void);
    uint64_t (*once)(void); /* the ticks of one time */
    void (*end)(void);
};

void measure(const struct operation* operation);
void measure_all(const struct operation* first, unsigned count);
#define MEASURE(operations) measure_all(operations, sizeof operations / sizeof operations[0])

/*
 * What is timed and whose exits are counted, on all vCPUs, lies between these two. The second gives
 * the ticks up to `end`.
 */
void begin_timing(void);
uint64_t end_timing_at(uint64_t end);
static inline uint64_t end_timing(void)
{
    return end_timing_at(rdtsc());
}

/* An idle CPU erases free memory, and its interrupts wait for a page at a time: not what is measured. */
void await_erased_memory(void);

/* What this vCPU does alone; what another does too, which shares its CPU or has one of its own. */
void measure_alone(void);
void measure_same_cpu(void);
void measure_other_cpu(void);
void measure_memory(bool other_runs);
void measure_sealed(void);

/* vCPU 1, until release_partner(). */
void partner_spins(void);
void partner_halts(void);
void partner_halts_late(void); /* for one that has a CPU of its own */
void partner_yields(void);
void release_partner(void);

/* When this or the other vCPU took the last upcall or NMI; 0 since forget_arrival(). */
extern volatile uint64_t arrival;
void take_arrivals(void); /* on this vCPU as well */
static inline void forget_arrival(void)
{
    arrival = 0;
}

#endif
