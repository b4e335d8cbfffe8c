// SPDX-License-Identifier: Apache-2.0
// Memory between two owners.
//
// A child fills all its memory with a pattern and ends; the next one looks for it in all of its
// memory, and finds zeros only. So it goes for more memory than is free at first, with pages that a
// child gives back and takes again, and while processors idle and erase. Class: memory that shows
// what its last owner left (XSA-100, XSA-203, XSA-379).
#include "child.h"
#include "domain.h"
#include "hypercall.h"
#include "result.h"
#include "smp.h"

#define RAM 0x600000ull /* behind what each child has */
#define OWN 2048ull     /* frames that child_make() may give */
#define FRAMES 24576ull /* 96 MiB */
#define PATTERN 0x6c6566746f766572ull

static unsigned count_words(uint64_t from, uint64_t frames)
{
    unsigned found = 0;
    for (uint64_t page = from; page < from + frames * 4096; page += 4096)
        for (unsigned word = 0; word < 512; word += 73) // some of each page
            found += ((volatile uint64_t*)page)[word] != 0;
    return found;
}

static void fill(uint64_t from, uint64_t frames)
{
    for (uint64_t page = from; page < from + frames * 4096; page += 4096)
        for (unsigned word = 0; word < 512; word += 73)
            ((volatile uint64_t*)page)[word] = PATTERN;
}

static int64_t live(uint64_t frames)
{
    expect_equal(count_words(RAM, frames), 0);
    fill(RAM, frames);
    for (uint64_t page = RAM; page < RAM + frames * 4096; page += 64 * 4096) {
        expect_equal(memory_release(page, 3), 3);
        expect_equal(memory_claim(page, 3), 3);
        expect_equal(count_words(page, 3), 0);
        fill(page, 3);
    }
    return 0;
}

static void one_life(uint64_t frames)
{
    struct lintel_domain_create wanted = usual_child(1);
    wanted.max_frames = OWN + frames;
    struct child child = child_make(&wanted);
    populate_all(child.domain, RAM, frames);
    child_call(&child, live, frames);
    child_destroy(&child);
}

void test(void)
{
    const struct lintel_machine_info before = info_of_machine();
    for (unsigned round = 0; round < 4; ++round) {
        one_life(FRAMES);
        if (round % 2 == 1)
            nap(2000000); // a part of what it left may be erased meanwhile
    }
    expect_equal(info_of_machine().free_frames, before.free_frames);
    const struct lintel_machine_info after = info_of_machine();
    print("%lu of %lu free frames are to be erased", after.dirty_frames, after.free_frames);
}
