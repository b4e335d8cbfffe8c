// SPDX-License-Identifier: Apache-2.0
// Samples, their median, and the exits that all vCPUs had meanwhile.
#include "bench.h"

#include "result.h"
#include "smp.h"
#include "window.h"

enum {
    WARM_UP = 10,
    SAMPLES = 500
};

static uint64_t samples[SAMPLES];
static uint64_t exits[LINTEL_EXIT_CLASSES];
static uint64_t begun, overhead;

// Shell's sort: short, and fast enough for what is not measured.
static void sort(void)
{
    for (unsigned gap = SAMPLES / 2; gap != 0; gap /= 2)
        for (unsigned i = gap; i < SAMPLES; ++i) {
            const uint64_t value = samples[i];
            unsigned at = i;
            for (; at >= gap && samples[at - gap] > value; at -= gap)
                samples[at] = samples[at - gap];
            samples[at] = value;
        }
}

// Adding what is there at the end and taking off what was at the begin leaves the difference.
static void add_exits(uint64_t sign)
{
    for (unsigned vcpu = 0; vcpu < vcpu_count(); ++vcpu)
        for (unsigned class = 0; class < LINTEL_EXIT_CLASSES; ++class)
            exits[class] += sign * stats[vcpu].exits[class];
}

void begin_timing(void)
{
    add_exits(-1ull);
    begun = rdtsc();
}

// What begin_timing() and rdtsc() take by themselves is a few ticks: as much as it is without
// anything between them.
uint64_t end_timing_at(uint64_t end)
{
    add_exits(1);
    return end - begun < overhead ? 0 : end - begun - overhead;
}

static void find_overhead(void)
{
    uint64_t least = ~0ull;
    for (unsigned i = 0; i < 100; ++i) {
        begin_timing();
        const uint64_t ticks = end_timing();
        least = ticks < least ? ticks : least;
    }
    overhead = least;
}

static void tell(const char* name)
{
    sort();
    print("@ticks %s %lu %lu %lu %u", name, samples[SAMPLES / 2], samples[0], samples[SAMPLES - 1],
          (unsigned)SAMPLES);
    for (unsigned class = 0; class < LINTEL_EXIT_CLASSES; ++class)
        if (exits[class] != 0)
            print("@exits %s %u %lu", name, class, exits[class]);
}

void measure(const struct operation* operation)
{
    if (overhead == 0)
        find_overhead();
    if (operation->begin != NULL)
        operation->begin();
    for (unsigned i = 0; i < WARM_UP; ++i)
        operation->once();
    for (unsigned class = 0; class < LINTEL_EXIT_CLASSES; ++class)
        exits[class] = 0;
    for (unsigned i = 0; i < SAMPLES; ++i)
        samples[i] = operation->once();
    if (operation->end != NULL)
        operation->end();
    tell(operation->name);
}

void measure_all(const struct operation* first, unsigned count)
{
    for (unsigned i = 0; i < count; ++i)
        measure(&first[i]);
}
