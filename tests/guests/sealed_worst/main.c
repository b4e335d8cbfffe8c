// SPDX-License-Identifier: Apache-2.0
// How long a sealed child's calls can take, each by itself.
//
// Batches are full of one command each: of sets, of changes of whole tables of 4 KiB and of 2 MiB
// pages, of levels, of roots, of loads of roots. Whole 2 MiB are donated at once, as a large page
// and as 512 small ones. A child of 512 MiB without a plain page, thousands of tables among them,
// alone and side by side, declares and seals itself, withdraws 512 pages, makes text of them and
// drops it; compiled with -DFULLEST nearly all of it is tables, which takes minutes. In check mode,
// where batches look at tables once more, they are done again. No call takes more than 1,000,000
// ticks, which are 10 ms here, and all of it comes to an end. Class: XSA-45, XSA-380 (work without
// bound in one call).
#include "domain.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "sealed.h"
#include "window.h"

#define MOST 1000000u
#define DONATED (CHILD_RAM + 200 * SMALL_PAGE)
#define BATCH_PAGES 256u

static uint64_t longest, calls, total;

static uint64_t begin_call(void)
{
    return rdtsc();
}
static void end_call(uint64_t begin)
{
    const uint64_t ticks = rdtsc() - begin;
    ++calls;
    total += ticks;
    if (ticks > longest)
        longest = ticks;
}

static void tell(const char* what)
{
    print("%s: %lu calls, at most %lu ticks, %lu in all", what, calls, longest, total);
    expect(longest <= MOST);
    longest = calls = total = 0;
}

static void run_batch(const char* what)
{
    for (unsigned done = 0; done < LINTEL_SEAL_SLOTS;) {
        const uint64_t begin = begin_call();
        const int64_t more = pt_batch(done, LINTEL_SEAL_SLOTS);
        end_call(begin);
        if (more <= 0)
            failure("%s: slot %u gives %ld", what, done, more);
        done += (unsigned)more;
    }
    tell(what);
}

static void fill_batch(const char* what, uint64_t address, uint64_t step, unsigned operation,
                       uint64_t operand)
{
    for (unsigned i = 0; i < LINTEL_SEAL_SLOTS; ++i)
        put_slot(i, (address + i * step) | operation, operand);
    run_batch(what);
}

static void change_batch(const char* what, enum table table, uint64_t set)
{
    for (unsigned i = 0; i < LINTEL_SEAL_SLOTS; i += 2) {
        put_slot(i, entry_in(table, 0) | LINTEL_SEAL_CHANGE, 512);
        put_slot(i + 1, ~0ull, set);
    }
    run_batch(what);
}

static int64_t batches(uint64_t unused)
{
    (void)unused;
    fill_batch("set", entry_in(FREE_PT, 0), 8, LINTEL_SEAL_SET, CHILD_RAM | DATA_RIGHTS);
    for (unsigned i = 0; i < 512; ++i)
        must_set(entry_in(FREE_PT, i), (CHILD_RAM + i * SMALL_PAGE) | DATA_RIGHTS);
    change_batch("change 512 small pages", FREE_PT, PAGE_ACCESSED);
    must_set(entry_in(HIGH_PD, 0), 0);
    for (unsigned i = 0; i < 512; ++i)
        must_set(entry_in(HIGH_PD, i), CHILD_WINDOW | DATA_RIGHTS | PAGE_LARGE);
    change_batch("change 512 large pages", HIGH_PD, PAGE_ACCESSED);
    must_donate(DONATED, BATCH_PAGES);
    fill_batch("give a level", DONATED, SMALL_PAGE, LINTEL_SEAL_GIVE_LEVEL, 0);
    fill_batch("load a root", table_at(ROOT), 0, LINTEL_SEAL_LOAD_ROOT, 0);
    return 0;
}

static int64_t pairs(uint64_t unused)
{
    (void)unused;
    must_donate(DONATED, 2);
    fill_batch("make a pair of roots", DONATED, 0, LINTEL_SEAL_MAKE_ROOT, 1);
    return 0;
}

static void must_donate_all(uint64_t address, uint64_t pages, const char* what)
{
    while (pages != 0) {
        const uint64_t begin = begin_call();
        const int64_t done = pt_donate(address, pages);
        end_call(begin);
        if (done <= 0)
            failure("pt_donate at %lx gives %ld", address, done);
        address += (uint64_t)done * SMALL_PAGE;
        pages -= (uint64_t)done;
    }
    tell(what);
}

// ---- a child of 512 MiB ----

#define BIG 0x20000000ull
#define BIG_FRAMES (BIG / SMALL_PAGE)
#define FROM 0x800000ull              /* here its tables begin */
#define BEHIND (BIG - 2 * LARGE_PAGE) /* two chunks stay plain */
#ifdef FULLEST
#define ALTERNATING (BEHIND - 0x800000)            /* and here those between other pages */
#define FULL ((ALTERNATING - FROM) / SMALL_PAGE)   /* pages of these have entries */
#else
#define ALTERNATING (FROM + 0xc00000)
#define FULL 512u
#endif
#define REST (ALTERNATING + 0x800000)

static void declare_list(const struct lintel_seal_range* list, unsigned count)
{
    for (unsigned done = 0; done < count;) {
        const uint64_t begin = begin_call();
        const struct answer answer = seal_declare((uintptr_t)(list + done), count - done);
        end_call(begin);
        if (answer.status <= 0)
            failure("seal_declare gives %ld", answer.status);
        done += (unsigned)answer.status;
    }
}

static void declare_alternating(void)
{
    struct lintel_seal_range list[LINTEL_SEAL_RANGES];
    unsigned used = 0;
    for (uint64_t at = ALTERNATING; at < REST; at += 2 * SMALL_PAGE) {
        list[used++] = (struct lintel_seal_range){at, 1, LINTEL_FRAME_PT};
        if (used == LINTEL_SEAL_RANGES || at + 2 * SMALL_PAGE >= REST) {
            declare_list(list, used);
            used = 0;
        }
    }
}

static int64_t prepare_big(uint64_t unused)
{
    (void)unused;
    build_tables();
    for (uint64_t at = FROM; at < BIG; at += LARGE_PAGE)
        tables[LOW_PD][at >> 21] = at | DATA_RIGHTS | PAGE_LARGE;
    uint64_t to = FROM, count = FULL * 512;
    asm volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(CHILD_RAM | DATA_RIGHTS) : "memory");
    declare_frames();
    struct lintel_seal_range list[LINTEL_SEAL_RANGES];
    unsigned used = 0;
    for (uint64_t at = FROM; at < BEHIND; at += LINTEL_SEAL_RANGE_PAGES * SMALL_PAGE) {
        const uint64_t left = (BEHIND - at) / SMALL_PAGE;
        list[used++] = (struct lintel_seal_range){
            at, left < LINTEL_SEAL_RANGE_PAGES ? (uint32_t)left : LINTEL_SEAL_RANGE_PAGES,
            LINTEL_FRAME_KERNEL};
    }
    declare_list(list, used);
    for (uint64_t at = FROM; at < ALTERNATING; at += 2 * LARGE_PAGE)
        declare(at, 1024, LINTEL_FRAME_PT);
    declare_alternating();
    tell("seal_declare");
    return 0;
}

// What goes on over many calls. Whatever was donated: pages of 4 KiB, side by side, are the dearest to open.
struct step {
    struct answer (*call)(uint64_t, uint64_t);
    uint64_t first, second;
    const char* what;
};
#define SMALL (BEHIND + LARGE_PAGE)
static const struct step steps[] = {
    {seal, (uintptr_t)&tables[ROOT], 0, "seal"},
    {pt_withdraw, SMALL, 512, "pt_withdraw of 512 small pages"},
    {text_make, SMALL, 512, "text_make of 512 small pages"},
    {text_drop, SMALL, 512, "text_drop of 512 small pages"},
};

// A part of one, as dom0 waits for a child for so long only: whether there is more.
static int64_t go_on(uint64_t number)
{
    const struct step* const step = &steps[number];
    for (unsigned i = 0; i < 1000; ++i) {
        const uint64_t begin = begin_call();
        const struct answer answer = step->call(step->first, step->second);
        end_call(begin);
        if (answer.status < 0)
            failure("%s gives %ld for %lx", step->what, answer.status, answer.second);
        if (answer.status == 0) {
            tell(step->what);
            return 0;
        }
    }
    return 1;
}

// A large page of the domain's memory, and one of which each small page was gone once.
static int64_t donate_big(uint64_t unused)
{
    (void)unused;
    must_donate_all(BEHIND, 512, "pt_donate of a large page");
    for (unsigned i = 0; i < 512; i += 2) {
        expect_equal(memory_release(BEHIND + LARGE_PAGE + i * SMALL_PAGE, 1), 1);
        expect_equal(memory_claim(BEHIND + LARGE_PAGE + i * SMALL_PAGE, 1), 1);
    }
    must_donate_all(BEHIND + LARGE_PAGE, 512, "pt_donate of 512 small pages");
    return 0;
}

// Its two large mappings are in the way of text.
static int64_t make_room_for_text(uint64_t unused)
{
    (void)unused;
    must_set(entry_in(LOW_PD, SMALL >> 21), SMALL | READ_RIGHTS | PAGE_LARGE);
    invlpg((void*)SMALL);
    return 0;
}

static void do_all(struct child* child, unsigned step)
{
    while (child_call(child, go_on, step) != 0) {
    }
}

static void check_big(void)
{
    struct lintel_domain_create wanted = sealable_child(2);
    wanted.max_frames = wanted.sealed_frames = BIG_FRAMES;
    struct child child = child_make(&wanted);
    populate_all(child.domain, 0x600000, BIG_FRAMES - 0x600);
    child_call(&child, prepare_big, 0);
    do_all(&child, 0);
    child_call(&child, donate_big, 0);
    do_all(&child, 1);
    child_call(&child, make_room_for_text, 0);
    do_all(&child, 2);
    do_all(&child, 3);
    child_destroy(&child);
}

static int64_t seal_pair(uint64_t unused)
{
    (void)unused;
    return seal_itself(LINTEL_SEAL_PAIR);
}

void test(void)
{
    struct child child = sealed_child_make(2);
    child_call(&child, batches, 0);
    child_destroy(&child);
    struct lintel_domain_create wanted = sealable_child(2);
    child = child_make(&wanted);
    child_call(&child, seal_pair, 0);
    child_call(&child, pairs, 0);
    child_destroy(&child);
    print("in check mode:");
    wanted.flags |= LINTEL_DOMAIN_SEAL_CHECK;
    child = child_make(&wanted);
    child_call(&child, seal_itself, 0);
    child_call(&child, batches, 0);
    child_destroy(&child);
    check_big();
}
