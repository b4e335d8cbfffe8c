// SPDX-License-Identifier: Apache-2.0
#include "attacks.h"
#include "hypercall.h"
#include "paging.h"
#include "random.h"
#include "result.h"
#include "sleep.h"
#include "smp.h"

#define FLIPPED 10u /* requests that tests/system want to be refused */

struct flipping {
    struct front* disk;
    bool laps; // and everything else, too
    volatile bool stop;
};

static void flip(void* argument)
{
    struct flipping* const flipping = argument;
    const uint64_t slots_end =
        LINTEL_RING_BYTES(sizeof(struct lintel_block_request), FRONT_ORDER) / 8;
    uint64_t state = RANDOM_SEED + 1;
    while (!__atomic_load_n(&flipping->stop, __ATOMIC_ACQUIRE)) {
        const uint64_t random = random_next(&state);
        uint64_t* const ring =
            (uint64_t*)(random & 1 && flipping->laps ? flipping->disk->completion
                                                     : flipping->disk->submission);
        const uint64_t words = flipping->laps ? SMALL_PAGE / 8 : slots_end;
        const uint64_t word = (random >> 8) % words;
        const bool lap = word < LINTEL_RING_HEADER / 8 || word % 8 == 7;
        if (!lap || flipping->laps)
            __atomic_store_n(&ring[word], random_next(&state) >> random % 64, __ATOMIC_RELAXED);
        if ((random >> 32) % 16 == 0)
            vcpu_yield();
    }
}

void flip_fields(struct front* disk)
{
    struct flipping flipping = {.disk = disk};
    front_connect(disk);
    vcpu_run(1, flip, &flipping);
    struct told told = {0};
    // Until some have met their request on its way, which takes luck on several processors.
    for (unsigned i = 0; i < 10 && told.refused <= FLIPPED; ++i) {
        const struct told more = exchange(disk, 1500, false, false);
        told.done += more.done;
        told.refused += more.refused;
    }
    flipping.stop = true;
    vcpu_join(1);
    check_works(disk);
    front_leave(disk);
    print("fields change: %u done, %u refused", told.done, told.refused);
}

void flip_everything(struct front* disk)
{
    struct flipping flipping = {.disk = disk, .laps = true};
    front_connect(disk);
    vcpu_run(1, flip, &flipping);
    for (unsigned i = 0; i < 500 && disk->page->backend_state == LINTEL_STATE_CONNECTED; ++i) {
        lintel_ring_put(&disk->requests, &reading, sizeof reading);
        front_notify(disk);
        sleep_for(MILLISECOND);
    }
    front_await(disk, LINTEL_STATE_FAILED, "everything changes");
    flipping.stop = true;
    vcpu_join(1);
    front_leave(disk);
    print("broken by everything");
}
