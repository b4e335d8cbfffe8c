/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our rings could be: no index tells of a slot that is filled, but a number in the slot's own
 * last word, its lap. The consumer polls the line that it is about to read. Everything else is as
 * in lintel/ring.h, what a hostile peer needs included: private indices, slots copied once,
 * `consumed` for the room, a wish for notifications, a ring that breaks when a number cannot be.
 * `produced` is there for whoever attaches; nobody polls it.
 */
#include <string.h>

#include "tokens.h"

#define LAP_SHIFT 48 /* in the last word: length or result, token, lap */

struct shared {
    _Alignas(64) uint32_t produced; /* the producer's line */
    uint32_t room_wanted;
    _Alignas(64) uint32_t consumed; /* the consumer's */
    uint32_t items_wanted;
    _Alignas(64) uint64_t slots[];
};

struct side {
    struct shared *ring;
    uint32_t mask, order, next, shown, seen;
};

static struct {
    ALONE struct side submissions;
    struct side completions;
} client;

static struct {
    ALONE struct side submissions;
    struct side completions;
} server;

static struct side make(unsigned size, unsigned words)
{
    size_t bytes = sizeof(struct shared) + size * words * 8;
    struct side end = {aligned_alloc(4096, (bytes + 4095) & ~(size_t)4095),
                       size - 1,
                       (uint32_t)__builtin_ctz(size),
                       0,
                       0,
                       0};

    require(end.ring != NULL, "no memory");
    memset(end.ring, 0, bytes);
    return end;
}

static void ring_create(unsigned size)
{
    tokens_create(size);
    client.submissions = server.submissions = make(size, 2);
    client.completions = server.completions = make(size, 1);
}

static inline uint32_t load(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* The lap of the slot that is next, in its place; laps start at 1, as memory does at 0. */
static inline uint64_t lap(const struct side *end)
{
    return (uint64_t)((end->next >> end->order) + 1) << LAP_SHIFT;
}

static inline bool room(struct side *end)
{
    uint32_t consumed;

    if (end->next - end->seen <= end->mask)
        return true;
    consumed = load(&end->ring->consumed);
    require(consumed - end->seen <= end->next - end->seen, "an index that cannot be");
    end->seen = consumed;
    return end->next - end->seen <= end->mask;
}

static inline void store_last(struct side *end, uint64_t *slot, uint64_t word)
{
    __atomic_store_n(slot, word | lap(end), __ATOMIC_RELEASE);
    end->next++;
}

/* The last word of the next slot, without its lap; false: not filled yet. */
static inline bool load_last(const struct side *end, const uint64_t *slot, uint64_t *word)
{
    uint64_t there = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

    *word = there ^ lap(end);
    if (*word >> LAP_SHIFT == 0)
        return true;
    require((uint16_t)((lap(end) >> LAP_SHIFT) - (there >> LAP_SHIFT)) == 1,
            "a lap that cannot be");
    return false;
}

static inline bool stepped(struct side *end, const uint32_t *wish)
{
    uint32_t before = end->shown;

    end->shown = end->next;
    if (mode == MODE_BARE)
        return false;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return __atomic_load_n(wish, __ATOMIC_RELAXED) - before < end->shown - before;
}

static inline bool release(struct side *end)
{
    __atomic_store_n(&end->ring->consumed, end->next, __ATOMIC_RELEASE);
    return stepped(end, &end->ring->room_wanted);
}

static inline bool gathered(const struct side *end)
{
    return end->next - end->shown > end->mask / 4;
}

static inline bool publish(struct side *end)
{
    __atomic_store_n(&end->ring->produced, end->next, __ATOMIC_RELEASE);
    return stepped(end, &end->ring->items_wanted);
}

static inline void wish(struct side *end)
{
    __atomic_store_n(&end->ring->items_wanted, end->next, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline uint64_t *submission_slot(const struct side *end)
{
    return end->ring->slots + 2 * (end->next & end->mask);
}

static inline uint64_t *completion_slot(const struct side *end)
{
    return end->ring->slots + (end->next & end->mask);
}

static inline bool client_submit(const struct request *request)
{
    struct side *end = &client.submissions;
    uint64_t *slot = submission_slot(end);

    if (!room(end))
        return false;
    __atomic_store_n(slot, request->address, __ATOMIC_RELAXED);
    store_last(end, slot + 1, request->length | (uint64_t)token_take(request->address) << 32);
    return true;
}

static inline void client_publish(void)
{
    if (publish(&client.submissions))
        wake_server();
}

static inline bool client_reap(struct completion *completion)
{
    struct side *end = &client.completions;
    uint64_t word;

    if (!load_last(end, completion_slot(end), &word))
        return false;
    end->next++;
    completion->address = token_give((uint32_t)(word >> 32));
    completion->result = (uint32_t)word;
    return true;
}

static inline void client_reaped(void)
{
    if (gathered(&client.completions) && release(&client.completions))
        wake_server();
}

static inline bool client_await(void)
{
    uint64_t word;

    wish(&client.completions);
    return !load_last(&client.completions, completion_slot(&client.completions), &word);
}

static inline bool server_serve(void)
{
    struct side *in = &server.submissions, *out = &server.completions;
    const uint64_t *slot = submission_slot(in);
    uint64_t word, address;

    if (!room(out) || !load_last(in, slot + 1, &word))
        return false;
    address = __atomic_load_n(slot, __ATOMIC_RELAXED);
    in->next++;
    store_last(out, completion_slot(out), serve(address, (uint32_t)word) | word >> 32 << 32);
    return true;
}

static inline void server_publish(void)
{
    if (gathered(&server.submissions) && release(&server.submissions))
        wake_client();
    if (publish(&server.completions))
        wake_client();
}

static inline bool server_await(void)
{
    uint64_t word;

    wish(&server.submissions);
    return !load_last(&server.submissions, submission_slot(&server.submissions) + 1, &word);
}
