// SPDX-License-Identifier: Apache-2.0
// Text that a sealed child makes and gives up.
//
// Plain pages become text once
// no leaf lets anybody write them or a process reach them; text becomes plain once the supervisor
// executes it nowhere; the leaf in the way is named, and with it nothing changes. A vCPU that
// remembers a page as writable, or as executable, does not write text nor execute what is none.
// Class: a page that is written by one mapping and executed by another; XSA-328 (translations that
// outlive the right they came from).
#include "domain.h"
#include "grant.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "sealed.h"
#include "smp.h"
#include "trap.h"

#define CODE (CHILD_RAM + 32 * SMALL_PAGE)
#define CODE_ENTRY entry_in(RAM_PT, 32)

// mov $value, %eax; ret
static void put_code(uint64_t at, uint32_t value)
{
    uint8_t* const code = (uint8_t*)at;
    code[0] = 0xb8;
    *(uint32_t*)(code + 1) = value;
    code[5] = 0xc3;
}
static uint32_t run(uint64_t at)
{
    return ((uint32_t(*)(void))at)();
}

static void expect_answer(struct answer (*call)(uint64_t, uint64_t), uint64_t page, uint64_t pages,
                          int64_t status, uint64_t entry)
{
    const struct answer answer = until_done(call, page, pages);
    if (answer.status != status || (entry != 0 && answer.second != entry))
        failure("text of %lx gives %ld for %lx, not %ld for %lx", page, answer.status,
                answer.second, status, entry);
}

static void store_to(void* place)
{
    *(volatile uint64_t*)place = 0;
}

static int64_t modules(uint64_t unused)
{
    (void)unused;
    put_code(CODE, 0x1234);
    expect_answer(text_make, CODE, 1, LINTEL_EBUSY, CODE_ENTRY); // written by that
    must_set(CODE_ENTRY, CODE | READ_RIGHTS);
    invlpg((void*)CODE);
    must_set(entry_in(FREE_PT, 8), CODE | READ_RIGHTS | PAGE_USER);
    expect_answer(text_make, CODE, 1, LINTEL_EBUSY, entry_in(FREE_PT, 8)); // a process reaches it
    must_set(entry_in(FREE_PT, 8), 0);
    must_set(entry_in(HIGH_PD, 8), CHILD_RAM | DATA_RIGHTS | PAGE_LARGE);
    expect_answer(text_make, CODE, 1, LINTEL_EBUSY, entry_in(HIGH_PD, 8)); // among others
    must_set(entry_in(HIGH_PD, 8), 0);
    expect_equal(set_entry(CODE_ENTRY, CODE | TEXT_RIGHTS), LINTEL_EPERM); // as long as it is plain
    expect_answer(text_make, CODE, 1, 0, 0);
    must_set(CODE_ENTRY, CODE | TEXT_RIGHTS);
    invlpg((void*)CODE);
    expect_equal(run(CODE), 0x1234);
    expect_equal(in_kernel(store_to, (void*)CODE).vector, VECTOR_PF);
    expect_equal(set_entry(CODE_ENTRY, CODE | DATA_RIGHTS), LINTEL_EPERM);
    expect_equal(set_entry(CODE_ENTRY, CODE | TEXT_RIGHTS | PAGE_USER), LINTEL_EPERM);
    expect_equal(set_entry(entry_in(HIGH_PD, 8), CHILD_RAM | DATA_RIGHTS | PAGE_LARGE),
                 LINTEL_EPERM);
    expect_equal(pt_donate(CODE, 1), LINTEL_EBUSY);
    expect(memory_release(CODE, 1) < 0);
    expect_equal(text_write(CODE + 1, 0x5678, 4), 0);
    expect_equal(run(CODE), 0x5678);
    // And back.
    expect_answer(text_drop, CODE, 1, LINTEL_EBUSY, CODE_ENTRY);
    expect_equal(run(CODE), 0x5678);
    must_set(CODE_ENTRY, CODE | READ_RIGHTS);
    expect_answer(text_drop, CODE, 1, 0, 0);
    must_set(CODE_ENTRY, CODE | DATA_RIGHTS);
    invlpg((void*)CODE);
    *words_at(CODE) = 0x99;
    expect_equal(*words_at(CODE), 0x99);
    expect_equal(set_entry(CODE_ENTRY, CODE | TEXT_RIGHTS), LINTEL_EPERM);
    expect_equal(text_write(CODE, 0, 8), LINTEL_EFAULT);
    return 0;
}

static int64_t wild(uint64_t unused)
{
    static uint64_t data;
    (void)unused;
    must_donate(CODE + SMALL_PAGE, 1);
    const uint64_t text = (uintptr_t)text_begin, kernel = (uintptr_t)&data & ~0xfffull;
    const uint64_t nothing[] = {0, 0x20000000, CHILD_WINDOW, 1ull << 38, 1ull << 52, ~0xfffull};
    for (unsigned i = 0; i < sizeof nothing / sizeof nothing[0]; ++i) {
        expect_answer(text_make, nothing[i], 1, LINTEL_EFAULT, 0);
        expect_answer(text_drop, nothing[i], 1, LINTEL_EFAULT, 0);
    }
    expect_answer(text_make, text, 1, LINTEL_EBUSY, 0);
    expect_answer(text_make, kernel, 1, LINTEL_EBUSY, 0);
    expect_answer(text_make, table_at(FREE_PT), 1, LINTEL_EBUSY, 0);
    expect_answer(text_make, CODE + SMALL_PAGE, 1, LINTEL_EBUSY, 0);
    expect_answer(text_make, child_mailbox(), 1, LINTEL_EBUSY, 0); // dom0 has it
    expect_answer(text_drop, CODE, 1, LINTEL_EFAULT, 0);
    expect_answer(text_drop, kernel, 1, LINTEL_EFAULT, 0);
    expect_answer(text_drop, table_at(ROOT), 1, LINTEL_EFAULT, 0);
    expect_answer(text_drop, text, 1, LINTEL_EBUSY, entry_in(IMAGE_PT, text >> 12 & 511));
    const uint64_t counts[] = {0, 513, 1ull << 32, (1ull << 32) + 1, ~0ull};
    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; ++i) {
        expect_equal(text_make(CODE, counts[i]).status, LINTEL_EINVAL);
        expect_equal(text_drop(text, counts[i]).status, LINTEL_EINVAL);
    }
    expect_equal(text_make(CODE + 1, 1).status, LINTEL_EINVAL);
    expect_equal(text_drop(text + 1, 1).status, LINTEL_EINVAL);
    return 0;
}

// ---- what another vCPU remembers ----

static void count_up(void* place)
{
    for (;;)
        ++*(volatile uint64_t*)place;
}

static void count_until_fault(void* place)
{
    expect_equal(in_kernel(count_up, place).vector, VECTOR_PF);
}

static int64_t write_on(uint64_t vcpu)
{
    *words_at(CODE) = 0;
    vcpu_run((unsigned)vcpu, count_until_fault, (void*)CODE);
    while (*words_at(CODE) < 1000)
        vcpu_yield();
    must_set(CODE_ENTRY, CODE | READ_RIGHTS); // and no flush
    expect_answer(text_make, CODE, 1, 0, 0);
    const uint64_t count = *words_at(CODE);
    for (unsigned i = 0; i < 1000; ++i)
        expect_equal(*words_at(CODE), count);
    vcpu_join((unsigned)vcpu); // which has had its page fault
    expect_answer(text_drop, CODE, 1, 0, 0);
    must_set(CODE_ENTRY, CODE | DATA_RIGHTS);
    invlpg((void*)CODE);
    return 0;
}

static volatile uint64_t runs, last_value;

static void run_on(void* code)
{
    for (;;) {
        last_value = run((uintptr_t)code);
        ++runs;
    }
}
static void run_until_fault(void* code)
{
    const struct fault fault = in_kernel(run_on, code);
    expect_equal(fault.vector, VECTOR_PF);
    expect_equal(fault.address & ~0xfffull, (uintptr_t)code);
}

static int64_t execute_on(uint64_t vcpu)
{
    runs = 0;
    put_code(CODE, 1);
    must_set(CODE_ENTRY, CODE | READ_RIGHTS);
    expect_answer(text_make, CODE, 1, 0, 0);
    must_set(CODE_ENTRY, CODE | TEXT_RIGHTS);
    vcpu_run((unsigned)vcpu, run_until_fault, (void*)CODE);
    while (runs < 1000)
        vcpu_yield();
    must_set(CODE_ENTRY, CODE | READ_RIGHTS); // and no flush
    expect_answer(text_drop, CODE, 1, 0, 0);
    must_set(CODE_ENTRY, CODE | DATA_RIGHTS);
    invlpg((void*)CODE);
    put_code(CODE, 2);
    vcpu_join((unsigned)vcpu);
    expect_equal(last_value, 1);
    return 0;
}

void test(void)
{
    struct child child = sealed_child_make(3);
    child_call(&child, modules, 0);
    child_call(&child, wild, 0);
    for (unsigned vcpu = 1; vcpu < 3; ++vcpu) { // one of them has a processor to itself
        child_call(&child, execute_on, vcpu);
        child_call(&child, write_on, vcpu);
    }
    child_destroy(&child);
}
