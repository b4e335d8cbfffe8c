/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work that every ring does, and what a ring has to offer for it: one header of peers/ for
 * each, which defines the functions below. The client submits requests and reaps completions, the
 * server serves. Both ends check every word that they get: operation n has one right request and
 * one right completion.
 */
#ifndef BENCH_RING_WORK_H
#define BENCH_RING_WORK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * The first member of a structure that one thread writes: neither its lines nor their neighbours are
 * shared with what the other thread uses.
 */
#define ALONE _Alignas(128)
#define LIKELY(condition) __builtin_expect(!!(condition), 1)

struct request {
    uint64_t address;
    uint32_t length;
};

struct completion {
    uint64_t address; /* of the request it answers: the client finds it in memory of its own */
    uint32_t result;  /* of the server: the request's length - 1 */
};

/* How the ends hear of each other's steps. */
enum mode {
    MODE_BARE,  /* both poll, and neither looks whether the other would be notified */
    MODE_LOOK,  /* both poll, and look after each batch: the other might sleep */
    MODE_SLEEP, /* both sleep while there is nothing to do */
};

static enum mode mode;

static inline uint64_t address_of(uint64_t n)
{
    return 0x10000 + (n << 6);
}

static inline uint32_t length_of(uint64_t n)
{
    return 1 + (uint32_t)(n & 0xffff);
}

static inline void require(bool condition, const char *text)
{
    if (LIKELY(condition))
        return;
    fprintf(stderr, "bench-ring: %s\n", text);
    exit(1);
}

/* The server's look at its next request. */
static struct {
    ALONE uint64_t count;
} served;

static inline uint32_t serve(uint64_t address, uint32_t length)
{
    require(address == address_of(served.count) && length == length_of(served.count),
            "the server got another request");
    served.count++;
    return length - 1;
}

/* Given to the rings: notifies the other end, and counts it. */
static void wake_server(void);
static void wake_client(void);

// clang-format off
/*
 * Asked of a ring. `size` is a power of two, at most that many are outstanding.
 *
 *   void ring_create(unsigned size);
 *   bool client_submit(const struct request *);  false: full
 *   void client_publish(void);                   the server can see all requests; maybe wake_server()
 *   bool client_reap(struct completion *);       false: none there
 *   void client_reaped(void);                    after up to a batch of them
 *   bool client_await(void);                     true: none there, and wake_client() will come
 *   bool server_serve(void);                     takes a request, calls serve(), answers; false: none
 *   void server_publish(void);                   the client can see all answers; maybe wake_client()
 *   bool server_await(void);                     true: none there, and wake_server() will come
 */
// clang-format on

#endif
