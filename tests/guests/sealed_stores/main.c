// SPDX-License-Identifier: Apache-2.0
// Stores to what a sealed child may not store to.
//
// To entries of tables of every level, and to pages that are donated only: through the child's own
// mapping of its RAM, through a fresh alias, small and large, by atomic and string instructions, by
// pushes, by a process, by what the processor itself stores (an exception's frame, a descriptor's
// accessed bit, a task's busy bit), and by other vCPUs that know the page as writable still. Each
// is the end of that child, with a report; another sealed child goes on. Text is written by nobody
// either. Class: XSA-148, XSA-182, XSA-328 (translations that outlive the right they came from).
#include "domain.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "sealed.h"
#include "selectors.h"
#include "smp.h"
#include "trap.h"

#define PAGE (CHILD_RAM + 32 * SMALL_PAGE)
#define USER_PAGE (CHILD_RAM + 40 * SMALL_PAGE)

enum way {
    DIRECT,             // by level
    ALIAS = DIRECT + 4, // by level
    LARGE_ALIAS = ALIAS + 4,
    NO_LEVEL,
    WITH_LEVEL,
    ATOMIC,
    EXCHANGE,
    STRING,
    PUSH,
    USER,
    EXCEPTION_FRAME,
    ACCESSED_BIT,
    BUSY_BIT,
    STALE_1, // on vCPU 1
    STALE_2,
    STALE_SAME,
    WAYS
};

static void donate(void)
{
    must_donate(PAGE, 1);
}

static void store(uint64_t address)
{
    *(volatile uint64_t*)address = CHILD_RAM | DATA_RIGHTS;
}

static uint64_t entry_of_level(unsigned level)
{
    static const enum table of[] = {FREE_PT, HIGH_PD, HIGH_PDPT, ROOT};
    return entry_in(of[level], 200);
}

static void by_user(void)
{
    uint8_t* const code = (uint8_t*)USER_PAGE;
    const uint64_t place = FREE_VIRTUAL + 50 * SMALL_PAGE;
    code[0] = 0x48; // mov place, %rax
    code[1] = 0xb8;
    *(uint64_t*)(code + 2) = place;
    code[10] = 0x48; // mov %rax, (%rax)
    code[11] = 0x89;
    code[12] = 0x00;
    code[13] = 0xcd; // int EXCURSION_END
    code[14] = EXCURSION_END;
    const uint64_t virtual = (uintptr_t)map_free(51, USER_PAGE, USER_CODE_RIGHTS);
    map_free(50, PAGE, DATA_RIGHTS | PAGE_USER);
    expect_equal(through_iret(virtual, USER_CODE, 2, place, USER_DATA).vector, NO_FAULT);
    expect_equal(*(volatile uint64_t*)PAGE, place); // as long as it is plain
    donate();
    through_iret(virtual, USER_CODE, 2, place, USER_DATA);
}

static struct __attribute__((packed)) {
    uint16_t limit;
    uint64_t base;
} table_pointer;

// The descriptors are copied to the page before it is donated.
static void use_descriptors(uint64_t type, uint64_t cleared)
{
    extern char gdt[], spare_descriptors[];
    asm volatile("sgdt %0" : "=m"(table_pointer));
    uint64_t* const copy = (uint64_t*)PAGE;
    __builtin_memcpy(copy, gdt, table_pointer.limit + 1u);
    if (type == BUSY_BIT)
        copy[TASK / 8] &= ~cleared;
    else
        copy[(spare_descriptors - gdt) / 8] = copy[KERNEL_DATA / 8] & ~cleared;
    table_pointer.base = PAGE;
    asm volatile("lgdt %0" : : "m"(table_pointer));
    donate();
    if (type == BUSY_BIT)
        asm volatile("ltr %w0" : : "r"(TASK));
    else
        asm volatile("mov %0, %%es" : : "r"(SPARE));
}

static void undefined(void* unused)
{
    (void)unused;
    asm volatile("ud2");
}

static void by_exception(void)
{
    donate();
    idt[VECTOR_UD].stack = 2;
    set_interrupt_stack(2, PAGE + SMALL_PAGE);
    in_kernel(undefined, NULL);
}

static void count_up(void* place)
{
    for (;;)
        ++*(volatile uint64_t*)place;
}

// One of the two vCPUs has a processor to itself, where nothing but the donation makes it forget
// the page for a millisecond.
static void by_another(unsigned vcpu)
{
    vcpu_run(vcpu, count_up, (void*)PAGE);
    while (*(volatile uint64_t*)PAGE < 1000)
        vcpu_yield();
    donate();
    const uint64_t count = *(volatile uint64_t*)PAGE;
    for (unsigned i = 0; i < 1000; ++i)
        if (*(volatile uint64_t*)PAGE != count)
            child_words(NULL)[HARM] = 1;
    nap(50000000);
}

static int64_t attack(uint64_t way)
{
    if (way < ALIAS)
        store(entry_of_level((unsigned)way));
    else if (way < LARGE_ALIAS)
        map_free(5, entry_of_level((unsigned)way - ALIAS) & ~0xfffull, DATA_RIGHTS)[200] = 0;
    switch (way) {
    case LARGE_ALIAS:
        donate();
        must_set(entry_in(HIGH_PD, 3), CHILD_RAM | DATA_RIGHTS | PAGE_LARGE);
        store(FREE_VIRTUAL + 3 * LARGE_PAGE + (PAGE - CHILD_RAM));
        break;
    case NO_LEVEL:
        donate();
        store(PAGE);
        break;
    case WITH_LEVEL:
        donate();
        must_give(PAGE, 0);
        store(PAGE + 0xff8);
        break;
    case ATOMIC:
        asm volatile("lock orq $2, %0" : "+m"(tables[FREE_PT][0]));
        break;
    case EXCHANGE:
        __atomic_exchange_n(&tables[FREE_PT][0], 0, __ATOMIC_SEQ_CST);
        break;
    case STRING: { // from a page that is plain into one that is not
        donate();
        uint64_t to = PAGE - 64, bytes = 128;
        asm volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(0) : "memory");
        break;
    }
    case PUSH:
        donate();
        asm volatile("mov %%rsp, %%rbx\n mov %0, %%rsp\n push %0\n mov %%rbx, %%rsp"
                     :
                     : "r"(PAGE + SMALL_PAGE)
                     : "rbx", "memory");
        break;
    case USER:
        by_user();
        break;
    case EXCEPTION_FRAME:
        by_exception();
        break;
    case ACCESSED_BIT:
        use_descriptors(ACCESSED_BIT, 1ull << 40);
        break;
    case BUSY_BIT:
        use_descriptors(BUSY_BIT, 2ull << 40);
        break;
    case STALE_1:
        by_another(1);
        break;
    case STALE_2:
        by_another(2);
        break;
    case STALE_SAME: // this vCPU knows it as writable
        *(volatile uint64_t*)PAGE = 1;
        donate();
        *(volatile uint64_t*)PAGE = 2;
        break;
    }
    failure("it lives");
}

// The seal itself takes the right away from who is just storing.
static int64_t seal_under_writer(uint64_t unused)
{
    (void)unused;
    build_tables();
    declare_frames();
    declare(PAGE, 1, LINTEL_FRAME_PT);
    vcpu_run(1, count_up, (void*)PAGE);
    while (*(volatile uint64_t*)PAGE < 1000)
        vcpu_yield();
    until_done(seal, table_at(ROOT), 0);
    nap(50000000);
    return 0;
}

static void check_seal_under_writer(void)
{
    const struct lintel_domain_create wanted = sealable_child(2);
    struct child child = child_make(&wanted);
    child_begin(&child, seal_under_writer, 0);
    const struct lintel_domain_info found = child_expect_end(&child, LINTEL_DOMAIN_CRASHED);
    if (!same_text(found.text, PROTECTED_TEXT))
        failure("the writer ends in: %s", found.text);
    child_destroy(&child);
}

static void store_to(void* place)
{
    *(volatile uint64_t*)place = 0;
}

// The child's own tables keep it from its text, and it cannot change that (sealed_policy).
static int64_t text(uint64_t unused)
{
    (void)unused;
    const volatile uint64_t* const alias =
        map_free(0, (uintptr_t)text_begin & ~0xfffull, READ_RIGHTS);
    const uint64_t before = *alias;
    const struct fault direct = in_kernel(store_to, text_begin),
                       other = in_kernel(store_to, (void*)alias);
    expect_equal(direct.vector, VECTOR_PF);
    expect_equal(direct.error, 3);
    expect_equal(other.vector, VECTOR_PF);
    expect_equal(*alias, before);
    return 0;
}

void test(void)
{
    struct child bystander = sealed_child_make(1);
    child_call(&bystander, text, 0);
    const uint64_t free = info_of_machine().free_frames;
    for (unsigned way = 0; way < WAYS; ++way)
        expect_killed(attack, way, PROTECTED_TEXT, &bystander);
    check_seal_under_writer();
    expect_equal(info_of_machine().free_frames, free);
    child_destroy(&bystander);
}
