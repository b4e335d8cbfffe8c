// SPDX-License-Identifier: Apache-2.0
// Memory given back and taken again: EPT entries that go and come, with the invalidation on every
// CPU that runs the domain.
#include "bench.h"

#include "hypercall.h"
#include "result.h"
#include "start_info.h"

#define PAGE 4096ull
#define LARGE (512 * PAGE)

static uint64_t place; // of a large page of RAM

static void find_place(void)
{
    const uint64_t behind_kernel = 0x400000; // no initramfs is given
    const struct start_info_memory* ram = memory_above(0x100000, MEMORY_RAM);
    place = behind_kernel;
    if (ram == NULL || memory_end(ram) < place + LARGE)
        error("too little memory");
}

static void must(int64_t got, uint64_t wanted)
{
    if (got != (int64_t)wanted)
        error("%ld frames instead of %lu", got, wanted);
}

// All of it, though another CPU, idle, may be erasing one of the pages just then.
static void take_back(uint64_t address, uint64_t frames)
{
    for (uint64_t done = 0; done < frames;) {
        const int64_t got = memory_claim(address + done * PAGE, frames - done);
        if (got < 0 && got != LINTEL_EBUSY)
            must(got, frames - done);
        done += got < 0 ? 0 : (uint64_t)got;
    }
}

static uint64_t timed_release(uint64_t address, uint64_t frames)
{
    begin_timing();
    const int64_t done = memory_release(address, frames);
    const uint64_t ticks = end_timing();
    must(done, frames);
    return ticks;
}
static uint64_t timed_claim(uint64_t address, uint64_t frames)
{
    begin_timing();
    const int64_t done = memory_claim(address, frames);
    const uint64_t ticks = end_timing();
    must(done, frames);
    return ticks;
}

// A page of a region that is mapped page by page, as another page of it is missing.
static void keep_split(void)
{
    must(memory_release(place + 8 * PAGE, 1), 1);
}
static void end_split(void)
{
    take_back(place + 8 * PAGE, 1);
}
static uint64_t release_small(void)
{
    const uint64_t ticks = timed_release(place, 1);
    take_back(place, 1);
    return ticks;
}
static uint64_t claim_small(void)
{
    must(memory_release(place, 1), 1);
    return timed_claim(place, 1);
}
static uint64_t release_large(void)
{
    const uint64_t ticks = timed_release(place, 512);
    take_back(place, 512);
    return ticks;
}
static uint64_t claim_large(void)
{
    must(memory_release(place, 512), 512);
    return timed_claim(place, 512);
}

static void keep_split_and_spin(void)
{
    keep_split();
    partner_spins();
}
static void end_split_and_spin(void)
{
    release_partner();
    end_split();
}

void measure_memory(bool other_runs)
{
    static const struct operation alone[] = {
        {"unmap-4k", keep_split, release_small, end_split},
        {"map-4k", keep_split, claim_small, end_split},
        {"unmap-2m", NULL, release_large, NULL},
        {"map-2m", NULL, claim_large, NULL},
    };
    static const struct operation shared[] = {
        {"unmap-4k-shared", keep_split_and_spin, release_small, end_split_and_spin},
        {"map-4k-shared", keep_split_and_spin, claim_small, end_split_and_spin},
        {"unmap-2m-shared", partner_spins, release_large, release_partner},
        {"map-2m-shared", partner_spins, claim_large, release_partner},
    };
    find_place();
    if (other_runs)
        MEASURE(shared);
    else
        MEASURE(alone);
}
