// SPDX-License-Identifier: Apache-2.0
#include "attacks.h"
#include "result.h"
#include "sleep.h"
#include "upcall.h"

static volatile uint16_t* lap_of(struct front* disk, uint32_t index)
{
    struct lintel_block_request* const slots =
        (struct lintel_block_request*)(disk->submission + LINTEL_RING_HEADER);
    return &slots[index % FRONT_SLOTS].lap;
}

void break_lap(struct front* disk, uint16_t lap)
{
    front_connect(disk);
    for (unsigned i = 0; i < FRONT_SLOTS + 3; ++i) // into the second lap
        expect_equal(front_do(disk, reading), LINTEL_BLOCK_DONE);
    *lap_of(disk, FRONT_SLOTS + 3) = lap;
    front_notify(disk);
    front_await(disk, LINTEL_STATE_FAILED, "a lap that cannot be");
    front_leave(disk);
    print("broken by lap %u", lap);
}

// Completions that were not put are said to be read, by so many that the backend looks.
void break_consumed(struct front* disk)
{
    struct lintel_ring* ring;
    front_connect(disk);
    ring = (struct lintel_ring*)disk->completion;
    __atomic_store_n(&ring->consumed, 1000, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < FRONT_SLOTS; ++i)
        expect(front_put(disk, &reading));
    for (unsigned i = 0;
         i < FRONT_SLOTS &&
         __atomic_load_n(&disk->page->backend_state, __ATOMIC_SEQ_CST) == LINTEL_STATE_CONNECTED;
         ++i) {
        sleep_for(20 * MILLISECOND);
        front_put(disk, &reading);
        front_notify(disk);
    }
    front_await(disk, LINTEL_STATE_FAILED, "an index that cannot be");
    front_leave(disk);
    print("broken by an index");
}

// Words that decide nothing; the slot of an item that is taken back.
void scribble(struct front* disk)
{
    front_connect(disk);
    struct lintel_ring* const requests = (struct lintel_ring*)disk->submission;
    struct lintel_ring* const answers = (struct lintel_ring*)disk->completion;
    for (unsigned i = 0; i < 50; ++i) {
        requests->produced = (uint32_t)random_word();
        requests->consumed = (uint32_t)random_word();
        answers->produced = (uint32_t)random_word();
        answers->items_wanted = (uint32_t)random_word();
        requests->items_wanted = (uint32_t)random_word();
        struct lintel_block_completion answer;
        lintel_ring_put(&disk->requests, &reading, sizeof reading);
        front_notify(disk);
        for (uint64_t end = system_time() + 10 * SECOND; !front_take(disk, &answer);)
            if (system_time() > end)
                failure("no answer in round %u", i);
            else
                sleep_for(MILLISECOND);
        expect_equal(answer.status, LINTEL_BLOCK_DONE);
        disk->requests.end.seen = disk->requests.end.next; // `consumed` is garbage
    }
    front_leave(disk);
    print("scribbling decides nothing");
}
