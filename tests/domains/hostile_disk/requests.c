// SPDX-License-Identifier: Apache-2.0
#include "attacks.h"
#include "result.h"
#include "sleep.h"
#include "upcall.h"

// Some as they should be, some with a field of garbage, some all garbage.
static struct lintel_block_request wild_request(uint32_t id)
{
    struct lintel_block_request request = reading;
    const uint64_t kind = random_word() % 4;
    request.operation = (uint8_t)(random_word() % 6);
    request.offset = random_word() % 256 * 512;
    if (kind == 1) {
        uint8_t* const bytes = (uint8_t*)&request;
        for (unsigned i = 0; i < 4; ++i)
            bytes[random_word() % sizeof request] = (uint8_t)random_word();
    }
    if (kind == 2)
        for (unsigned i = 0; i < sizeof request / 8; ++i)
            ((uint64_t*)&request)[i] = random_word();
    if (kind == 3)
        request.bytes = (uint32_t)random_word() >> random_word() % 32;
    request.id = id;
    return request;
}

static void count(struct told* told, uint32_t status)
{
    told->done += status == LINTEL_BLOCK_DONE;
    told->refused += status >= LINTEL_BLOCK_WRITE_DENIED && status <= LINTEL_BLOCK_BAD_GRANT;
    told->other += status == LINTEL_BLOCK_ERROR || status > LINTEL_BLOCK_BAD_GRANT;
}

// Sends so many, made by `make`, and takes as many answers; each once if `each` is to be checked.
struct told exchange(struct front* disk, uint32_t wanted, bool wild, bool each)
{
    static uint8_t answered[4096];
    struct told told = {0};
    uint32_t sent = 0, taken = 0;
    uint64_t end = system_time() + 30 * SECOND;
    if (wanted > sizeof answered)
        error("%u requests", wanted);
    for (uint32_t i = 0; i < wanted; ++i)
        answered[i] = 0;
    while (taken < wanted) {
        struct lintel_block_completion answer;
        while (sent < wanted && sent - taken < FRONT_SLOTS) {
            struct lintel_block_request request = wild ? wild_request(sent) : reading;
            request.id = sent;
            if (!front_put(disk, &request))
                break;
            ++sent;
        }
        while (front_take(disk, &answer)) {
            ++taken;
            count(&told, answer.status);
            if (each && (answer.id >= sent || answered[answer.id]++ != 0))
                failure("an answer to %u, of %u that were sent", answer.id, sent);
        }
        if (system_time() > end)
            failure("%u of %u requests are answered", taken, sent);
        if (taken < sent && lintel_ring_await_items(&disk->answers, 1) == 0)
            sleep_for(2 * MILLISECOND);
    }
    return told;
}

void send_garbage(struct front* disk)
{
    front_connect(disk);
    const struct told told = exchange(disk, 3000, true, true);
    expect(told.done > 100);
    expect(told.refused > 1000);
    expect_equal(told.other, 0);
    check_works(disk);
    front_leave(disk);
    print("garbage: %u done, %u refused", told.done, told.refused);
}
