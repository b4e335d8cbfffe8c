// SPDX-License-Identifier: Apache-2.0
// Random releases and claims, held against a model.
//
// Over four large pages thousands of ranges of random place and length are released and claimed.
// The model says for each frame whether it is there; each call must do a piece from the first
// frame on or give LINTEL_EFAULT, just as the model says, and frames that are there keep what was
// written to them or are clear when they came back. So large pages are split and grow together
// again in every pattern. Class: XSA-328, XSA-480 (entries of the second-level tables changed
// badly), XSA-346 (off by one in what was deferred).
#include "hypercall.h"
#include "paging.h"
#include "random.h"
#include "result.h"
#include "start_info.h"

#define FRAMES 2048u
#define ROUNDS 4000u

static uint64_t area, state = RANDOM_SEED;
static bool there[FRAMES];
static uint64_t content[FRAMES]; // of each frame's last word

static volatile uint64_t* last_word(unsigned frame)
{
    return (volatile uint64_t*)(area + frame * SMALL_PAGE + SMALL_PAGE - 8);
}

static unsigned run_length(unsigned first, unsigned count, bool wanted)
{
    unsigned run = 0;
    while (run < count && first + run < FRAMES && there[first + run] == wanted)
        ++run;
    return run;
}

static void change(unsigned first, unsigned count, bool claim)
{
    const unsigned possible = run_length(first, count, !claim);
    const int64_t result =
        (claim ? memory_claim : memory_release)(area + first * SMALL_PAGE, count);
    if (possible == 0) {
        expect_equal(result, LINTEL_EFAULT);
        return;
    }
    if (result < 1 || result > possible)
        failure("%s of %u frames from %u on gives %ld; %u could be done",
                claim ? "claim" : "release", count, first, result, possible);
    for (unsigned i = first; i < first + (unsigned)result; ++i) {
        there[i] = claim;
        content[i] = 0;
    }
}

static void check(unsigned frame)
{
    if (!there[frame])
        return;
    if (*last_word(frame) != content[frame])
        failure("frame %u has %lx, not %lx", frame, *last_word(frame), content[frame]);
    content[frame] = random_next(&state);
    *last_word(frame) = content[frame];
}

void test(void)
{
    area = spare_ram(FRAMES * SMALL_PAGE);
    for (unsigned i = 0; i < FRAMES; ++i) {
        there[i] = true;
        *last_word(i) = 0;
    }
    for (unsigned round = 0; round < ROUNDS; ++round) {
        const uint64_t dice = random_next(&state);
        const unsigned first = (unsigned)(dice % FRAMES);
        const unsigned longest = dice >> 20 & 1 ? 4 : 700;
        change(first, 1 + (unsigned)(dice >> 32) % longest, dice >> 21 & 1);
        for (unsigned i = 0; i < 16; ++i)
            check((unsigned)(random_next(&state) % FRAMES));
    }
    for (unsigned i = 0; i < FRAMES; ++i) {
        check(i);
        if (!there[i])
            change(i, FRAMES - i, true);
    }
    for (unsigned i = 0; i < FRAMES; ++i)
        expect(there[i]);
}
