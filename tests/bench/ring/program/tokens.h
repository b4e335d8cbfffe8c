/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a driver remembers of the requests in flight, by a number that travels with them. Answers
 * may come in any order, so free numbers are in a list.
 */
#ifndef BENCH_RING_TOKENS_H
#define BENCH_RING_TOKENS_H

#include "work.h"

struct token {
    uint64_t address;
    uint32_t next_free;
};

static struct {
    ALONE struct token *of;
    uint32_t first_free, mask;
} tokens;

static void tokens_create(unsigned size)
{
    tokens.of = calloc(size, sizeof *tokens.of);
    require(tokens.of != NULL, "no memory");
    for (uint32_t i = 0; i < size; i++)
        tokens.of[i].next_free = i + 1;
    tokens.mask = size - 1;
}

static inline uint32_t token_take(uint64_t address)
{
    uint32_t id = tokens.first_free & tokens.mask;

    tokens.first_free = tokens.of[id].next_free;
    tokens.of[id].address = address;
    return id;
}

static inline uint64_t token_give(uint32_t id)
{
    id &= tokens.mask; /* the peer's word */
    tokens.of[id].next_free = tokens.first_free;
    tokens.first_free = id;
    return tokens.of[id].address;
}

#endif
