/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DPDK's rte_ring with one producer and one consumer, a ring each way: the package libdpdk-dev. It
 * takes and gives whole batches. It knows no notifications.
 */
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "tokens.h"

#define MOST 64 /* of a batch */

struct submission {
    uint64_t address;
    uint32_t length;
    uint32_t id;
};

struct answer {
    uint32_t id;
    uint32_t result;
};

static struct {
    ALONE struct rte_ring *submissions; /* only read */
    struct rte_ring *completions;
} rings;

static struct {
    ALONE struct submission put[MOST];
    struct answer got[MOST];
    unsigned puts, gots, next;
} client;

static struct {
    ALONE struct submission got[MOST];
    struct answer put[MOST];
    unsigned puts, gots, next;
} server;

static struct rte_ring *make(const char *name, unsigned element_bytes, unsigned size)
{
    /* With this flag a ring of `size` has room for as many: the memory of one twice as large. */
    ssize_t bytes = rte_ring_get_memsize_elem(element_bytes, 2 * size);
    struct rte_ring *ring =
        bytes > 0 ? aligned_alloc(4096, ((size_t)bytes + 4095) & ~(size_t)4095) : NULL;

    require(ring != NULL, "no memory");
    require(rte_ring_init(ring, name, size, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ) == 0,
            "no ring");
    return ring;
}

static void ring_create(unsigned size)
{
    rings.submissions = make("submissions", sizeof(struct submission), size);
    rings.completions = make("completions", sizeof(struct answer), size);
    tokens_create(size);
}

static inline bool client_submit(const struct request *request)
{
    if (client.puts == MOST)
        return false;
    client.put[client.puts++] =
        (struct submission){request->address, request->length, token_take(request->address)};
    return true;
}

static inline void client_publish(void)
{
    require(rte_ring_sp_enqueue_bulk_elem(rings.submissions, client.put, sizeof(struct submission),
                                          client.puts, NULL) == client.puts,
            "no room for a request");
    client.puts = 0;
}

static inline bool client_reap(struct completion *completion)
{
    struct answer *answer;

    if (client.next == client.gots) {
        client.next = 0;
        client.gots = rte_ring_sc_dequeue_burst_elem(rings.completions, client.got,
                                                     sizeof(struct answer), MOST, NULL);
        if (client.gots == 0)
            return false;
    }
    answer = &client.got[client.next++];
    completion->address = token_give(answer->id);
    completion->result = answer->result;
    return true;
}

static inline void client_reaped(void) {}

static inline bool client_await(void)
{
    return false;
}

static inline bool server_serve(void)
{
    struct submission *request;

    if (server.next == server.gots) {
        server.next = 0;
        server.gots = rte_ring_sc_dequeue_burst_elem(rings.submissions, server.got,
                                                     sizeof(struct submission), MOST, NULL);
        if (server.gots == 0)
            return false;
    }
    request = &server.got[server.next++];
    server.put[server.puts++] =
        (struct answer){request->id, serve(request->address, request->length)};
    return true;
}

static inline void server_publish(void)
{
    require(rte_ring_sp_enqueue_bulk_elem(rings.completions, server.put, sizeof(struct answer),
                                          server.puts, NULL) == server.puts,
            "no room for an answer");
    server.puts = 0;
}

static inline bool server_await(void)
{
    return false;
}
