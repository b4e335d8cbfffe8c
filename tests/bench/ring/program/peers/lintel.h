/* SPDX-License-Identifier: Apache-2.0 */
/* Our rings: lintel/ring.h as it is, a ring for submissions and one for completions. */
#include <lintel/ring.h>

#include "tokens.h"

struct submission {
    uint64_t address;
    uint64_t length_id; /* the length, the token, 16 bits of the ring's */
};

struct answer {
    uint64_t result_id;
};

/* In whole words: put() loads those, and waits for all stores if the last ones were of halves. */
static inline uint64_t word(uint32_t low, uint32_t id)
{
    return low | (uint64_t)id << 32;
}

static struct {
    ALONE struct lintel_ring_producer submissions;
    struct lintel_ring_consumer completions;
} client;

static struct {
    ALONE struct lintel_ring_consumer submissions;
    struct lintel_ring_producer completions;
} server;

static void *ring_memory(uint32_t slot_bytes, uint32_t order)
{
    void *memory = aligned_alloc(4096, (LINTEL_RING_BYTES(slot_bytes, order) + 4095) & ~4095u);

    require(memory != NULL, "no memory");
    lintel_ring_init(memory, slot_bytes, order);
    return memory;
}

static void ring_create(unsigned size)
{
    uint32_t order = (uint32_t)__builtin_ctz(size);
    void *submissions = ring_memory(sizeof(struct submission), order);
    void *completions = ring_memory(sizeof(struct answer), order);

    tokens_create(size);
    lintel_ring_attach_producer(&client.submissions, submissions, sizeof(struct submission), order);
    lintel_ring_attach_consumer(&client.completions, completions, sizeof(struct answer), order);
    lintel_ring_attach_consumer(&server.submissions, submissions, sizeof(struct submission), order);
    lintel_ring_attach_producer(&server.completions, completions, sizeof(struct answer), order);
}

/* What an end does that knows its peer to poll: the first half of lintel_ring_show(). */
static inline bool show(struct lintel_ring_end *end)
{
    if (mode != MODE_BARE)
        return lintel_ring_show(end);
    if (end->next == end->shown)
        return false;
    end->shown = end->next;
    LINTEL_RING_STORE_RELEASE(end->shown_index, end->shown);
    return false;
}

/* Slots go back by the quarter of a ring: the producer looks for them when it has none left. */
static inline bool gathered(const struct lintel_ring_end *end)
{
    return end->next - end->shown > end->mask / 4;
}

static inline bool client_submit(const struct request *request)
{
    struct submission slot = {request->address, 0};

    if (lintel_ring_ready(&client.submissions.end) <= 0)
        return false;
    slot.length_id = word(request->length, token_take(request->address));
    return lintel_ring_put(&client.submissions, &slot, sizeof slot) == 1;
}

static inline void client_publish(void)
{
    if (show(&client.submissions.end))
        wake_server();
}

static inline bool client_reap(struct completion *completion)
{
    struct answer slot;

    if (lintel_ring_take(&client.completions, &slot, sizeof slot) != 1)
        return false;
    completion->address = token_give((uint32_t)(slot.result_id >> 32));
    completion->result = (uint32_t)slot.result_id;
    return true;
}

static inline void client_reaped(void)
{
    if (gathered(&client.completions.end) && show(&client.completions.end))
        wake_server();
}

static inline bool client_await(void)
{
    if (lintel_ring_release(&client.completions))
        wake_server();
    return lintel_ring_await_items(&client.completions, 1) == 0;
}

static inline bool server_serve(void)
{
    struct submission slot;
    struct answer answer;

    /* Answers that the client has and did not release yet take room too. */
    if (lintel_ring_ready(&server.completions.end) <= 0 ||
        lintel_ring_take(&server.submissions, &slot, sizeof slot) != 1)
        return false;
    answer.result_id =
        word(serve(slot.address, (uint32_t)slot.length_id), (uint32_t)(slot.length_id >> 32));
    return lintel_ring_put(&server.completions, &answer, sizeof answer) == 1;
}

static inline void server_publish(void)
{
    if (gathered(&server.submissions.end) && show(&server.submissions.end))
        wake_client();
    if (show(&server.completions.end))
        wake_client();
}

static inline bool server_await(void)
{
    if (lintel_ring_release(&server.submissions))
        wake_client();
    return lintel_ring_await_items(&server.submissions, 1) == 0;
}
