/* SPDX-License-Identifier: Apache-2.0 */
/* Repeatable randomness: xorshift64 of George Marsaglia. */
#ifndef RUNTIME_RANDOM_H
#define RUNTIME_RANDOM_H

#include <stdint.h>

#define RANDOM_SEED 0x9e3779b97f4a7c15ull

static inline uint64_t random_next(uint64_t* state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
