// SPDX-License-Identifier: Apache-2.0
// A hostile front end against lintel-block as it runs in dom0: needs four disks of 1 MiB and more,
// with one queue and a pool of 16 pages, and two vCPUs.
//
// Answers with impossible numbers of queues, sizes of rings, features, ports and grants; laps from
// the past, the future and nowhere; indices that cannot be; requests of garbage; every word of both
// rings changed by another vCPU while they are used; completions that are never read; a connection
// left with I/O in flight; storms of events; the other side's words overwritten. The backend has to
// say FAILED or to go on, as docs/abi says for each; afterwards a disk has to work as before.
// Class: XSA-38, XSA-39, XSA-86, XSA-155, XSA-349, XSA-350, XSA-371.
#include "front.h"
#include "grant.h"
#include "ordinary.h"
#include "paging.h"
#include "random.h"
#include "sleep.h"
#include "smp.h"
#include "start_info.h"
#include "upcall.h"

#define BLOCK 4096u

static uint64_t seed = RANDOM_SEED;

static const struct lintel_block_request reading = {
    .operation = LINTEL_BLOCK_READ, .id = 1, .bytes = BLOCK};

// --- what a disk that works does ---

// Writes a block that nobody else has written, and reads it back.
static void check_works(struct front* disk, uint64_t word)
{
    struct lintel_block_request request = reading;
    request.offset = 64 * BLOCK;
    front_map_pool(disk);
    for (unsigned i = 0; i < BLOCK / 8; ++i)
        disk->pool[i] = word + i;
    request.operation = LINTEL_BLOCK_WRITE;
    expect_equal(front_do(disk, request), LINTEL_BLOCK_DONE);
    for (unsigned i = 0; i < BLOCK / 8; ++i)
        disk->pool[i] = 0;
    request.operation = LINTEL_BLOCK_READ;
    expect_equal(front_do(disk, request), LINTEL_BLOCK_DONE);
    for (unsigned i = 0; i < BLOCK / 8; ++i)
        expect_equal(disk->pool[i], word + i);
    front_unmap_pool(disk);
}

static void works_anew(struct front* disk)
{
    front_connect(disk);
    check_works(disk, random_next(&seed));
    front_leave(disk);
}

// --- answers that cannot be ---

#define IMPOSSIBLE(disk, change)                               \
    do {                                                       \
        struct lintel_device answer = front_prepare(disk);     \
        change;                                                \
        front_answer(disk, &answer);                           \
        front_await(disk, LINTEL_STATE_FAILED, #change);       \
        front_leave(disk);                                     \
        print("refused: %s", #change);                         \
    } while (0)

static void answer_badly(void)
{
    struct front* const a = front(0);
    struct front* const b = front(1);
    struct front* const c = front(2);
    IMPOSSIBLE(a, answer.chosen_queues = 0);
    IMPOSSIBLE(b, answer.chosen_queues = 2);
    IMPOSSIBLE(c, answer.chosen_queues = ~0u);
    IMPOSSIBLE(a, answer.queue[0].ring_order = LINTEL_BLOCK_RING_ORDER + 1);
    IMPOSSIBLE(b, answer.queue[0].ring_order = ~0u);
    IMPOSSIBLE(c, answer.chosen_features = 1ull << 63);
    IMPOSSIBLE(a, answer.queue[0].submission[0] = ~0u);
    IMPOSSIBLE(b, answer.queue[0].completion[0] = 500); // nothing is granted there
    IMPOSSIBLE(c, grant(c->first_ref, (uintptr_t)c->submission, 0, false));
    IMPOSSIBLE(a, answer.queue[0].port = 0);
    IMPOSSIBLE(b, answer.queue[0].port = ~0u);
    IMPOSSIBLE(c, answer.queue[0].port = directory()->port); // is bound already
}

// --- rings ---

static volatile uint16_t* lap_of(struct front* disk, uint32_t index)
{
    struct lintel_block_request* const slots =
        (struct lintel_block_request*)(disk->submission + LINTEL_RING_HEADER);
    return &slots[index % FRONT_SLOTS].lap;
}

static void break_lap(struct front* disk, uint16_t lap)
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
static void break_consumed(struct front* disk)
{
    struct lintel_ring* ring;
    front_connect(disk);
    ring = (struct lintel_ring*)disk->completion;
    __atomic_store_n(&ring->consumed, 1000, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < FRONT_SLOTS; ++i)
        expect(front_put(disk, &reading));
    for (unsigned i = 0; i < FRONT_SLOTS && __atomic_load_n(&disk->page->backend_state, __ATOMIC_SEQ_CST) ==
                                                LINTEL_STATE_CONNECTED; ++i) {
        sleep_for(20 * MILLISECOND);
        front_put(disk, &reading);
        front_notify(disk);
    }
    front_await(disk, LINTEL_STATE_FAILED, "an index that cannot be");
    front_leave(disk);
    print("broken by an index");
}

// Words that decide nothing; the slot of an item that is taken back.
static void scribble(struct front* disk)
{
    front_connect(disk);
    struct lintel_ring* const requests = (struct lintel_ring*)disk->submission;
    struct lintel_ring* const answers = (struct lintel_ring*)disk->completion;
    for (unsigned i = 0; i < 50; ++i) {
        requests->produced = (uint32_t)random_next(&seed);
        requests->consumed = (uint32_t)random_next(&seed);
        answers->produced = (uint32_t)random_next(&seed);
        answers->items_wanted = (uint32_t)random_next(&seed);
        requests->items_wanted = (uint32_t)random_next(&seed);
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

// --- requests ---

// Some as they should be, some with a field of garbage, some all garbage.
static struct lintel_block_request wild_request(uint32_t id)
{
    struct lintel_block_request request = reading;
    const uint64_t kind = random_next(&seed) % 4;
    request.operation = (uint8_t)(random_next(&seed) % 6);
    request.offset = random_next(&seed) % 256 * 512;
    if (kind == 1) {
        uint8_t* const bytes = (uint8_t*)&request;
        for (unsigned i = 0; i < 4; ++i)
            bytes[random_next(&seed) % sizeof request] = (uint8_t)random_next(&seed);
    }
    if (kind == 2)
        for (unsigned i = 0; i < sizeof request / 8; ++i)
            ((uint64_t*)&request)[i] = random_next(&seed);
    if (kind == 3)
        request.bytes = (uint32_t)random_next(&seed) >> random_next(&seed) % 32;
    request.id = id;
    return request;
}

struct told {
    uint32_t done, refused, other;
};

static void count(struct told* told, uint32_t status)
{
    told->done += status == LINTEL_BLOCK_DONE;
    told->refused += status >= LINTEL_BLOCK_WRITE_DENIED && status <= LINTEL_BLOCK_BAD_GRANT;
    told->other += status == LINTEL_BLOCK_ERROR || status > LINTEL_BLOCK_BAD_GRANT;
}

// Sends so many, made by `make`, and takes as many answers; each once if `each` is to be checked.
static struct told exchange(struct front* disk, uint32_t wanted, bool wild, bool each)
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

static void send_garbage(struct front* disk)
{
    front_connect(disk);
    const struct told told = exchange(disk, 3000, true, true);
    expect(told.done > 100);
    expect(told.refused > 1000);
    expect_equal(told.other, 0);
    check_works(disk, random_next(&seed));
    front_leave(disk);
    print("garbage: %u done, %u refused", told.done, told.refused);
}

// --- another vCPU that writes while the backend reads ---

struct flipping {
    struct front* disk;
    bool laps; // and everything else, too
    volatile bool stop;
};

static void flip(void* argument)
{
    struct flipping* const flipping = argument;
    uint64_t state = RANDOM_SEED + 1;
    while (!__atomic_load_n(&flipping->stop, __ATOMIC_ACQUIRE)) {
        const uint64_t random = random_next(&state);
        uint64_t* const ring = (uint64_t*)(random & 1 && flipping->laps ? flipping->disk->completion
                                                                        : flipping->disk->submission);
        uint64_t word = (random >> 8) % (SMALL_PAGE / 8);
        const bool lap = word < LINTEL_RING_HEADER / 8 || word % 8 == 7;
        if (!lap || flipping->laps)
            __atomic_store_n(&ring[word], random_next(&state) >> random % 64, __ATOMIC_RELAXED);
        if (random >> 32 & 1)
            vcpu_yield();
    }
}

static void flip_fields(struct front* disk)
{
    struct flipping flipping = {.disk = disk};
    front_connect(disk);
    vcpu_run(1, flip, &flipping);
    const struct told told = exchange(disk, 1500, false, false);
    flipping.stop = true;
    vcpu_join(1);
    check_works(disk, random_next(&seed));
    front_leave(disk);
    print("fields change: %u done, %u refused", told.done, told.refused);
}

static void flip_everything(struct front* disk)
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

// --- a peer that stops, leaves or floods ---

static void read_no_completions(struct front* disk)
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
    check_works(disk, random_next(&seed));
    front_leave(disk);
    print("unread: %u requests", sent);
}

static void leave_in_flight(struct front* disk)
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

static void storm(struct front* disk)
{
    front_connect(disk);
    for (unsigned i = 0; i < 20000; ++i) {
        front_notify(disk);
        front_tell(disk);
    }
    check_works(disk, random_next(&seed));
    front_leave(disk);
    print("a storm is over");
}

// The other groups of the page are dom0's, whose programs do not depend on what is in memory.
static void overwrite_page(struct front* disk)
{
    front_connect(disk);
    volatile uint64_t* const words = (volatile uint64_t*)disk->page;
    uint64_t kept[48]; // up to the front end's group
    for (unsigned i = 0; i < 48; ++i)
        kept[i] = words[i];
    for (unsigned round = 0; round < 50; ++round) {
        for (unsigned i = 1; i < 48; ++i)
            words[i] = random_next(&seed);
        front_tell(disk);
        front_notify(disk);
        sleep_for(2 * MILLISECOND);
    }
    for (unsigned i = 1; i < 48; ++i)
        words[i] = kept[i];
    check_works(disk, random_next(&seed));
    front_leave(disk);
    print("overwritten");
}

void ordinary_main(void)
{
    sleep_start();
    need_vcpus(2);
    print("begins");
    answer_badly();
    for (unsigned i = 0; i < 3; ++i)
        works_anew(front(i));
    break_lap(front(3), 3); // the next one
    break_lap(front(3), 0); // the one before the last
    break_lap(front(3), 0x7777);
    break_consumed(front(3));
    works_anew(front(3));
    scribble(front(0));
    send_garbage(front(1));
    flip_fields(front(2));
    flip_everything(front(3));
    works_anew(front(3));
    read_no_completions(front(0));
    leave_in_flight(front(1));
    works_anew(front(1));
    storm(front(2));
    overwrite_page(front(0));
    works_anew(front(0));
    print("attacks are over, %u not as expected", unmet_count());
    for (;;)
        sleep_for(SECOND);
}
