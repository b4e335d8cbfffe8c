/* SPDX-License-Identifier: Apache-2.0 */
/* One vCPU's random numbers, and what came of its calls. */
#ifndef FUZZ_STREAM_H
#define FUZZ_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include <lintel/status.h>

enum {
    KNOWN_CALLS = 54,       /* numbers above are no calls, nor are gaps in the list */
    ROWS = KNOWN_CALLS + 1, /* the last one for those */
    STATUSES = 11
};

/* Successes first; a result that is none of these is a failure of the test. */
static const int64_t statuses[STATUSES] = {0,
                                           LINTEL_EPERM,
                                           LINTEL_ENOENT,
                                           LINTEL_EAGAIN,
                                           LINTEL_ENOMEM,
                                           LINTEL_EFAULT,
                                           LINTEL_EBUSY,
                                           LINTEL_EEXIST,
                                           LINTEL_EINVAL,
                                           LINTEL_ENOSPC,
                                           LINTEL_ENOSYS};

struct stream {
    uint64_t state;
    uint64_t left; /* calls to go */
    uint64_t printed;
    uint64_t counts[ROWS][STATUSES];
    volatile uint32_t finished;
};

/* xorshift64*, Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled".
 */
static inline uint64_t next(struct stream* stream)
{
    uint64_t x = stream->state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    stream->state = x;
    return x * 0x2545f4914f6cdd1dull;
}

/* 0 to `count` - 1. */
static inline uint64_t below(struct stream* stream, uint64_t count)
{
    return (next(stream) >> 32) % count;
}

static inline bool one_in(struct stream* stream, unsigned count)
{
    return below(stream, count) == 0;
}

/* Streams of one seed are far apart: neighbouring seeds go through a mixer (splitmix64). */
static inline void begin_stream(struct stream* stream, uint64_t seed, unsigned vcpu, uint64_t calls)
{
    uint64_t z = (seed + vcpu + 1) * 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    stream->state = (z ^ z >> 31) | 1; /* never zero */
    stream->left = calls;
}

#endif
