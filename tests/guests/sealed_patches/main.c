// SPDX-License-Identifier: Apache-2.0
// Patches of a sealed child's text.
//
// text_write stores 1 to 8 bytes, which are executed at once on the vCPU that asked, and on another
// when it serializes. It stores to nothing but text, and never across eight aligned bytes. Every
// byte around stays. Class: a call that writes where it was not asked to (XSA-212).
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "sealed.h"
#include "smp.h"

#define CODE (CHILD_RAM + 32 * SMALL_PAGE)

static uint32_t run(uint64_t at)
{
    return ((uint32_t(*)(void))at)();
}

extern uint8_t patched[];
asm(".text\n .align 16\n patched: mov $0x11111111, %eax\n ret\n .align 16");

static int64_t patches(uint64_t unused)
{
    const uint64_t value = (uintptr_t)patched + 1;
    static uint64_t data;
    (void)unused;
    expect_equal(run((uintptr_t)patched), 0x11111111);
    expect_equal(text_write(value, 0x22, 1), 0);
    expect_equal(run((uintptr_t)patched), 0x11111122);
    expect_equal(text_write(value, 0xffffffffffff4433, 2), 0);
    expect_equal(run((uintptr_t)patched), 0x11114433);
    expect_equal(text_write(value, 0x88776655, 4), 0);
    expect_equal(run((uintptr_t)patched), 0x88776655);
    expect_equal(text_write((uintptr_t)patched, 0x0000c3aabbccddb8, 8), 0);
    expect_equal(run((uintptr_t)patched), 0xaabbccdd);
    for (unsigned bytes = 0; bytes < 20; ++bytes)
        for (unsigned at = 0; at < 8; ++at)
            if (bytes == 0 || at + bytes > 8)
                expect_equal(text_write((uintptr_t)patched + at, 0, bytes), LINTEL_EINVAL);
    expect_equal(text_write((uintptr_t)patched, 0, ~0ull), LINTEL_EINVAL);
    expect_equal(text_write((uintptr_t)patched, 0, 1ull << 32 | 1), LINTEL_EINVAL);
    expect_equal(run((uintptr_t)patched), 0xaabbccdd);
    const uint64_t others[] = {table_at(FREE_PT), table_at(ROOT), CODE,
                               (uintptr_t)&data,  CHILD_WINDOW,   0,
                               0x20000000,        1ull << 38,     ~7ull};
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; ++i)
        expect_equal(text_write(others[i], 0, 8), LINTEL_EFAULT);
    return 0;
}

// One patches, the other executes: it sees old or new, and the new one in the end.
static volatile uint32_t seen_last, stop;

static void run_all_along(void* unused)
{
    (void)unused;
    uint32_t last = run((uintptr_t)patched);
    while (!stop) {
        cpuid(0, 0); // serializes
        const uint32_t now = run((uintptr_t)patched);
        expect(now == last || now == last + 1);
        last = now;
        seen_last = now;
    }
}

static int64_t two(uint64_t unused)
{
    (void)unused;
    expect_equal(text_write((uintptr_t)patched + 1, 0, 4), 0);
    seen_last = ~0u;
    vcpu_run(1, run_all_along, NULL);
    for (uint32_t value = 1; value <= 200; ++value) {
        while (seen_last != value - 1)
            vcpu_yield();
        expect_equal(text_write((uintptr_t)patched + 1, value, 4), 0);
    }
    while (seen_last != 200)
        vcpu_yield();
    stop = 1;
    vcpu_join(1);
    return 0;
}

void test(void)
{
    struct child child = sealed_child_make(2);
    child_call(&child, patches, 0);
    child_call(&child, two, 0);
    child_destroy(&child);
}
