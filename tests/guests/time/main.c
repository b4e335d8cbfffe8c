// SPDX-License-Identifier: Apache-2.0
// System time.
//
// The time record's version is even and its reserved bytes are zero; time never goes back and keeps
// pace with the TSC at the frequency the information page tells. time_register puts a second record
// into the domain's own RAM, on 32-byte boundaries only, and nowhere else. Class: wild addresses
// (XSA-212); time that goes backwards.
#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "start_info.h"
#include "upcall.h"
#include "window.h"

static struct lintel_time_record copies[4] __attribute__((aligned(4096)));

static void check_pace(void)
{
    uint64_t last = system_time();
    for (unsigned i = 0; i < 100000; ++i) {
        const uint64_t now = system_time();
        if (now < last)
            failure("time went back from %lu to %lu", last, now);
        last = now;
    }
    const uint64_t tsc = rdtsc(), begin = system_time();
    while (system_time() - begin < 20000000)
        pause();
    const uint64_t ticks = rdtsc() - tsc, ns = system_time() - begin;
    const uint64_t by_info = ticks * 1000000 / info->tsc_khz;
    expect(by_info >= ns - ns / 1000 && by_info <= ns + ns / 1000);
}

static void check_registration(void)
{
    expect_equal(time_register(0, (uintptr_t)&copies[1]), 0);
    expect_equal(copies[1].version % 2, 0);
    expect(copies[1].version != 0);
    expect_equal(copies[1].tsc_to_system_mul, time_record->tsc_to_system_mul);
    expect_equal(copies[1].tsc_timestamp, time_record->tsc_timestamp);
    expect_equal(copies[0].version | copies[2].version, 0);
    for (unsigned offset = 1; offset < 32; ++offset)
        expect_equal(time_register(0, (uintptr_t)&copies[2] + offset), LINTEL_EINVAL);
    expect_equal(time_register(1, (uintptr_t)&copies[2]), LINTEL_ENOENT);
    expect_equal(time_register(~0ull, (uintptr_t)&copies[2]), LINTEL_ENOENT);
    expect_equal(time_register(1ull << 32, (uintptr_t)&copies[2]), LINTEL_ENOENT);
    expect_equal(time_register(0, 0x100000), LINTEL_EFAULT);
    expect_equal(time_register(0, info->time_gpa), LINTEL_EFAULT);
    expect_equal(time_register(0, 0xfee00000), LINTEL_EFAULT);
    expect_equal(time_register(0, hypervisor_heap()->address), LINTEL_EFAULT);
    expect_equal(time_register(0, ~31ull), LINTEL_EFAULT);
    expect_equal(copies[2].version, 0);
    copies[1].version = 0xffffffff; // ours to spoil; the next one written is even again
    expect_equal(time_register(0, (uintptr_t)&copies[1]), 0);
    expect_equal(copies[1].version % 2, 0);
    expect_equal(time_register(0, (uintptr_t)&copies[3]), 0); // moves
    expect_equal(copies[3].tsc_to_system_mul, time_record->tsc_to_system_mul);
}

void test(void)
{
    expect_equal(time_record->version % 2, 0);
    expect_equal(time_record->pad0 | time_record->pad[0] | time_record->pad[1], 0);
    expect_equal(time_record->flags & ~LINTEL_TIME_TSC_STABLE, 0);
    check_pace();
    check_registration();
    const uint64_t year_2020 = 1577836800ull * 1000000000;
    expect(info->wall_clock_ns > year_2020);
}
