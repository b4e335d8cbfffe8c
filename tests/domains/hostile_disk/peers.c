// SPDX-License-Identifier: Apache-2.0
#include "attacks.h"
#include "hypercall.h"
#include "paging.h"
#include "result.h"
#include "sleep.h"
#include "upcall.h"

void read_no_completions(struct front* disk)
{
    struct lintel_block_completion answer;
    unsigned sent = 0, taken = 0;
    front_connect(disk);
    for (unsigned still = 0; still < 20; ++still) {
        while (front_put(disk, &reading)) {
            ++sent;
            still = 0;
        }
        (void)lintel_ring_await_room(&disk->requests, 1);
        sleep_for(10 * MILLISECOND);
    }
    expect(sent >= 2 * FRONT_SLOTS && sent <= 3 * FRONT_SLOTS);
    expect_equal(disk->page->backend_state, LINTEL_STATE_CONNECTED);
    for (const uint64_t end = system_time() + 10 * SECOND; taken < sent && system_time() < end;)
        if (front_take(disk, &answer))
            ++taken;
        else if (lintel_ring_await_items(&disk->answers, 1) == 0)
            sleep_for(2 * MILLISECOND);
    expect_equal(taken, sent);
    check_works(disk);
    front_leave(disk);
    print("unread: %u requests", sent);
}

void leave_in_flight(struct front* disk)
{
    struct lintel_block_request request = reading;
    request.operation = LINTEL_BLOCK_WRITE;
    request.bytes = FRONT_POOL_PAGES * SMALL_PAGE;
    for (unsigned round = 0; round < 20; ++round) {
        front_connect(disk);
        while (front_put(disk, &request))
            continue;
        front_notify(disk);
        if (round % 2 == 0)
            vcpu_yield();
        front_leave(disk);
    }
    print("left 20 times");
}

void storm(struct front* disk)
{
    front_connect(disk);
    for (unsigned i = 0; i < 20000; ++i) {
        front_notify(disk);
        front_tell(disk);
    }
    check_works(disk);
    front_leave(disk);
    print("a storm is over");
}

// The other groups of the page are dom0's, whose programs do not depend on what is in memory.
void overwrite_page(struct front* disk)
{
    front_connect(disk);
    volatile uint64_t* const words = (volatile uint64_t*)disk->page;
    uint64_t kept[48]; // up to the front end's group
    for (unsigned i = 0; i < 48; ++i)
        kept[i] = words[i];
    for (unsigned round = 0; round < 50; ++round) {
        for (unsigned i = 1; i < 48; ++i)
            words[i] = random_word();
        front_tell(disk);
        front_notify(disk);
        sleep_for(2 * MILLISECOND);
    }
    for (unsigned i = 1; i < 48; ++i)
        words[i] = kept[i];
    check_works(disk);
    front_leave(disk);
    print("overwritten");
}
