// SPDX-License-Identifier: Apache-2.0
// The foreign window of a domain that is not dom0.
//
// A child maps pages of dom0 where it likes in its window: both see what the other writes, at once.
// Places outside of the window, off a page, over a mapping, over its RAM or its shared pages are
// refused; what is unmapped may be mapped again, anywhere in the window. A write to a page that was
// mapped read-only, an access after unmapping, a jump into a mapped page, and an access to a place
// of the window where nothing is each kill the child, and nobody else. Class: XSA-284 (places not
// checked), mapping over what is there.
#include "child.h"
#include "domain.h"
#include "grant.h"
#include "paging.h"
#include "start_info.h"

#define PAGE SMALL_PAGE
#define WINDOW_PAGES 512u

static struct child child;
static uint64_t own; // of dom0

static int64_t map_at(uint64_t place)
{
    const struct lintel_grant_map answer = map_one(0, 0, 0, place);
    expect_equal(answer.gpa, place);
    return answer.status == 0 ? (int64_t)answer.handle : answer.status;
}
static int64_t unmap(uint64_t handle)
{
    return unmap_one((uint32_t)handle);
}
static int64_t load(uint64_t address)
{
    return (int64_t)*words_at(address);
}
static int64_t increment(uint64_t address)
{
    return (int64_t)++ * words_at(address);
}

static void check_places(void)
{
    static const uint64_t wrong[] = {0,
                                     PAGE,
                                     CHILD_RAM,
                                     0xf0000000,
                                     CHILD_WINDOW - PAGE,
                                     CHILD_WINDOW + 1,
                                     CHILD_WINDOW + 8,
                                     CHILD_WINDOW + PAGE / 2,
                                     CHILD_WINDOW + WINDOW_PAGES * PAGE,
                                     CHILD_WINDOW | 1ull << 40,
                                     CHILD_WINDOW | 1ull << 52,
                                     CHILD_WINDOW | 1ull << 63,
                                     ~0ull << 12,
                                     ~0ull};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; ++i)
        expect_equal(child_call(&child, map_at, wrong[i]), LINTEL_EINVAL);
    const uint64_t places[] = {CHILD_WINDOW, CHILD_WINDOW + (WINDOW_PAGES - 1) * PAGE,
                               CHILD_WINDOW + 77 * PAGE};
    int64_t handles[3];
    for (unsigned i = 0; i < 3; ++i) {
        handles[i] = child_call(&child, map_at, places[i]);
        expect(handles[i] > 0);
        expect_equal(child_call(&child, map_at, places[i]), LINTEL_EEXIST);
    }
    for (unsigned i = 0; i < 3; ++i) {
        const int64_t before = (int64_t)words_at(own)[0];
        expect_equal(child_call(&child, increment, places[i]), before + 1);
        expect_equal(words_at(own)[0], before + 1);
        words_at(own)[0] = 1000 * (i + 1);
        expect_equal(child_call(&child, load, places[(i + 1) % 3]), 1000 * (i + 1));
    }
    expect_equal(info_of(child.domain).mappings, 3);
    expect_equal(info_of(0).frames_mapped, 1);
    for (unsigned i = 0; i < 3; ++i)
        expect_equal(child_call(&child, unmap, (uint64_t)handles[i]), 0);
    const int64_t again = child_call(&child, map_at, places[1]);
    expect(again > 0);
    expect_equal(child_call(&child, unmap, (uint64_t)again), 0);
    expect_equal(info_of(0).frames_mapped, 0);
}

// A domain without a window maps nothing.
static void check_no_window(void)
{
    struct lintel_domain_create wanted = usual_child(1);
    wanted.foreign_frames = 0;
    struct child other = child_make(&wanted);
    grant(0, own, other.domain, true);
    expect_equal(child_call(&other, map_at, 0), LINTEL_EINVAL);
    expect_equal(child_call(&other, map_at, CHILD_WINDOW), LINTEL_EINVAL);
    child_destroy(&other);
    grant(0, own, child.domain, true);
}

static int64_t read_only(uint64_t place)
{
    must_map(0, 0, LINTEL_GRANT_READONLY, place);
    expect_equal(load(place), 5);
    return increment(place);
}
static int64_t unmapped(uint64_t place)
{
    const struct lintel_grant_map mapped = must_map(0, 0, 0, place);
    increment(place);
    --*words_at(place);
    expect_equal(unmap_one(mapped.handle), 0);
    return load(place);
}
static int64_t jump(uint64_t place)
{
    must_map(0, 0, 0, place);
    ((void (*)(void))place)();
    return 0;
}
static int64_t nothing(uint64_t place)
{
    must_map(0, 0, 0, place);
    return load(place + PAGE);
}

static void check_death(child_function how)
{
    words_at(own)[0] = 5;
    child_begin(&child, how, CHILD_WINDOW + 3 * PAGE);
    child_expect_crash(&child);
    expect_equal(words_at(own)[0], 5);
}

void test(void)
{
    const struct lintel_domain_create wanted = usual_child(1);
    static const child_function ways[] = {read_only, unmapped, jump, nothing};
    own = spare_ram(PAGE);
    for (unsigned way = 0; way < sizeof ways / sizeof ways[0]; ++way) {
        child = child_make(&wanted);
        grant(0, own, child.domain, true);

        if (way == 0) {
            check_places();
            check_no_window();
        }
        check_death(ways[way]);
        child_destroy(&child);
        grant_clear(0);
        expect_equal(grant_revoke(0), 0);
    }
    expect_equal(info_of_machine().domains, 1);
}
