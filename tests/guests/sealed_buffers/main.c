// SPDX-License-Identifier: Apache-2.0
// The hypervisor's own stores, aimed at what a sealed child may not store to.
//
// Every call that stores for its caller is given a place in a table of each level, in a donated
// page and in text, alone and across the border of one: it is refused, and nothing has changed
// there. A time record that is registered in a page which is then donated is not written any more,
// nor are the answers of a batch that another vCPU has under way at the donation. Port strings end
// nowhere. Calls that only read are refused likewise. Class: a confused deputy (XSA-212), a pointer
// that outlives its page's use (XSA-350).
#include "domain.h"
#include "grant.h"
#include "paging.h"
#include "result.h"
#include "sealed.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"

#define DONATED (CHILD_RAM + 32 * SMALL_PAGE)
#define GIVEN (DONATED + SMALL_PAGE)
#define RECORD (CHILD_RAM + 40 * SMALL_PAGE)
#define ARRAYS (CHILD_RAM + 100 * SMALL_PAGE)
#define ROUNDS 200u
#define AT 0x7c0ull /* in each page */

static void expect_refused(int64_t status)
{
    expect(status == LINTEL_EFAULT || status == LINTEL_EPERM || status == LINTEL_EINVAL ||
           status == LINTEL_ENOSYS);
}

// All that take an address, whatever else they want to know.
static void try_calls(uint64_t place)
{
    const bool crosses = place % SMALL_PAGE > SMALL_PAGE - sizeof(struct lintel_time_record);
    expect_equal(time_register(0, place), crosses ? LINTEL_EINVAL : LINTEL_EFAULT);
    expect_equal(time_register(1, place), crosses ? LINTEL_EINVAL : LINTEL_EFAULT);
    expect_equal(grant_map(place, 1), LINTEL_EFAULT);
    expect_equal(grant_unmap(place, 1), LINTEL_EFAULT);
    expect_equal(grant_copy(place, 1), LINTEL_EFAULT);
    expect_equal(vcpu_start(1, place), LINTEL_EFAULT);
    expect_refused(console_write(place, 16));
    expect_refused(console_read(place, 16));
    expect_refused(domain_info(LINTEL_DOMAIN_SELF, place, 0));
    expect_refused(machine_info(place));
    expect_refused(log_read(0, place, 64));
    expect_refused(foreign_map(0, CHILD_RAM, 1, place, 0));
    expect_refused(foreign_unmap(place, 1));
    expect_refused(domain_create(place));
    expect_refused(seal_declare(place, 1).status);
}

static void try_page(uint64_t page)
{
    uint64_t before[512];
    for (unsigned i = 0; i < 512; ++i)
        before[i] = words_at(page)[i];
    try_calls(page);
    try_calls(page + AT);
    try_calls(page + SMALL_PAGE - 8);
    for (unsigned i = 0; i < 512; ++i)
        expect_equal(words_at(page)[i], before[i]);
}

static int64_t try_all(uint64_t unused)
{
    (void)unused;
    must_donate(DONATED, 2);
    must_give(GIVEN, 0);
    try_page(DONATED);
    try_page(GIVEN);
    try_page(table_at(FREE_PT));
    try_page(table_at(HIGH_PD));
    try_page(table_at(HIGH_PDPT));
    try_page(table_at(ROOT));
    try_page((uintptr_t)text_begin);
    // From a plain page into one that is not.
    for (unsigned before = 8; before < 24; before += 8) {
        expect_equal(grant_map(DONATED - before, 1), LINTEL_EFAULT);
        expect_equal(grant_copy(DONATED - before, 1), LINTEL_EFAULT);
    }
    return 0;
}

// An element whose status lies in the page behind, of an array that begins well.
static int64_t second_element(uint64_t unused)
{
    struct lintel_grant_unmap* const list = (struct lintel_grant_unmap*)(DONATED - sizeof *list);
    (void)unused;
    *list = (struct lintel_grant_unmap){77, 1};
    const uint64_t behind = *words_at(DONATED);
    expect_equal(grant_unmap((uintptr_t)list, 2), LINTEL_EFAULT);
    expect_equal(list->status, 1);
    expect_equal(*words_at(DONATED), behind);
    return 0;
}

static void read_ports(void* to)
{
    uint64_t count = 4;
    asm volatile("rep insb" : "+D"(to), "+c"(count) : "d"(0x80) : "memory");
}
static void read_port_4(void* to)
{
    asm volatile("insl" : "+D"(to) : "d"(0xcf8) : "memory");
}

// Ports that the child does not have: whatever comes of it, it is not stored there.
static int64_t ports(uint64_t unused)
{
    (void)unused;
    const uint64_t places[] = {DONATED + AT, table_at(ROOT) + AT, (uintptr_t)text_begin + AT,
                               DONATED - 2};
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; ++i) {
        const uint64_t before = *words_at((places[i] + 7) & ~7ull);
        in_kernel(read_ports, (void*)places[i]);
        in_kernel(read_port_4, (void*)places[i]);
        expect_equal(*words_at((places[i] + 7) & ~7ull), before);
    }
    return 0;
}

static int64_t record(uint64_t unused)
{
    (void)unused;
    expect_equal(time_register(0, RECORD), 0);
    expect_equal(time_register(1, RECORD + 64), 0);
    expect(words_at(RECORD)[3] != 0);
    const int64_t status = pt_donate(RECORD, 1);
    if (status == LINTEL_EBUSY) {
        expect_equal(time_register(0, RECORD + SMALL_PAGE), 0);
        expect_equal(time_register(1, RECORD + SMALL_PAGE + 64), 0);
        must_donate(RECORD, 1);
    } else {
        expect_equal(status, 1);
    }
    must_give(RECORD, 0);
    for (unsigned round = 0; round < 3; ++round) {
        timer_set(0);
        nap(3000000);
        for (unsigned i = 0; i < 512; ++i)
            expect_equal(words_at(RECORD)[i], 0);
    }
    return 0;
}

static volatile uint64_t array; // 0: there will be no other
static volatile uint32_t batches;

static void answer_many(void* unused)
{
    (void)unused;
    for (uint64_t at; (at = array) != 0; ++batches) {
        const int64_t done = grant_unmap(at, LINTEL_GRANT_BATCH);
        if (done != LINTEL_GRANT_BATCH && done != LINTEL_EFAULT)
            failure("grant_unmap gives %ld", done);
    }
}

// A new table is clear and stays so: an answer in it would be an entry that nobody has judged.
static int64_t under_way(uint64_t unused)
{
    (void)unused;
    array = ARRAYS;
    vcpu_run(1, answer_many, NULL);
    for (uint64_t page = ARRAYS; page < ARRAYS + ROUNDS * SMALL_PAGE; page += SMALL_PAGE) {
        array = page;
        wait_for(&batches, batches + 2);
        must_donate(page, 1);
        must_give(page, 0);
        for (unsigned i = 0; i < LINTEL_GRANT_BATCH; ++i)
            expect_equal(words_at(page)[i], 0);
        wait_for(&batches, batches + 2);
        for (unsigned i = 0; i < LINTEL_GRANT_BATCH; ++i)
            expect_equal(words_at(page)[i], 0);
    }
    array = 0;
    vcpu_join(1);
    return 0;
}

void test(void)
{
    struct child child = sealed_child_make(2);
    child_call(&child, try_all, 0);
    child_call(&child, second_element, 0);
    child_call(&child, ports, 0);
    child_call(&child, record, 0);
    child_call(&child, under_way, 0);
    child_destroy(&child);
}
