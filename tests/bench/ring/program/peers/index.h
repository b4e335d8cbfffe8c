/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our rings could be: the producer's index tells of the slots that are filled, and the consumer
 * polls it, a line beside the one that it is about to read. Everything else is as in lintel/ring.h,
 * what a hostile peer needs included: private indices, slots copied once, a wish for notifications,
 * a ring that breaks when an index cannot be.
 */
#include <string.h>

#include "tokens.h"

#define PUBLISH 8 /* at a time, however large the batch: the peer starts while the rest is put */

struct shared {
    _Alignas(64) uint32_t produced; /* the producer's lines */
    _Alignas(64) uint32_t room_wanted;
    _Alignas(64) uint32_t consumed; /* the consumer's */
    _Alignas(64) uint32_t items_wanted;
    _Alignas(64) uint64_t slots[];
};

struct side {
    struct shared *ring;
    uint32_t mask, next, shown, seen;
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
    struct side end = {aligned_alloc(4096, (bytes + 4095) & ~(size_t)4095), size - 1, 0, 0, 0};

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

static inline bool filled(struct side *end)
{
    uint32_t produced;

    if (end->next != end->seen)
        return true;
    produced = load(&end->ring->produced);
    require(produced - end->seen <= end->shown + end->mask + 1 - end->seen,
            "an index that cannot be");
    end->seen = produced;
    return end->next != end->seen;
}

static inline void store(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static inline uint64_t copy(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
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
    if (end->next == end->shown)
        return false;
    __atomic_store_n(&end->ring->produced, end->next, __ATOMIC_RELEASE);
    return stepped(end, &end->ring->items_wanted);
}

static inline bool await(struct side *end)
{
    __atomic_store_n(&end->ring->items_wanted, end->next, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return !filled(end);
}

static inline bool enough(const struct side *end)
{
    return end->next - end->shown >= PUBLISH;
}

static inline uint64_t *submission_slot(const struct side *end)
{
    return end->ring->slots + 2 * (end->next & end->mask);
}

static inline uint64_t *completion_slot(const struct side *end)
{
    return end->ring->slots + (end->next & end->mask);
}

static inline void client_publish(void)
{
    if (publish(&client.submissions))
        wake_server();
}

static inline bool client_submit(const struct request *request)
{
    struct side *end = &client.submissions;
    uint64_t *slot = submission_slot(end);

    if (!room(end))
        return false;
    store(slot, request->address);
    store(slot + 1, request->length | (uint64_t)token_take(request->address) << 32);
    end->next++;
    if (enough(end))
        client_publish();
    return true;
}

static inline bool client_reap(struct completion *completion)
{
    struct side *end = &client.completions;
    uint64_t word;

    if (!filled(end))
        return false;
    word = copy(completion_slot(end));
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
    return await(&client.completions);
}

static inline void publish_answers(void)
{
    if (publish(&server.completions))
        wake_client();
}

static inline bool server_serve(void)
{
    struct side *in = &server.submissions, *out = &server.completions;
    const uint64_t *slot = submission_slot(in);
    uint64_t word, address;

    if (!room(out) || !filled(in))
        return false;
    address = copy(slot);
    word = copy(slot + 1);
    in->next++;
    store(completion_slot(out), serve(address, (uint32_t)word) | word >> 32 << 32);
    out->next++;
    if (enough(out))
        publish_answers();
    return true;
}

static inline void server_publish(void)
{
    if (gathered(&server.submissions) && release(&server.submissions))
        wake_client();
    publish_answers();
}

static inline bool server_await(void)
{
    return await(&server.submissions);
}
