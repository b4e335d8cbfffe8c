// SPDX-License-Identifier: Apache-2.0
// vcpu_start with everything that it has to refuse.
//
// Non-canonical RIP and RSP, a CR3 that is misaligned or beyond the processor's width, set reserved
// words, addresses of the structure that are unaligned, absent, the hypervisor's, or good only for
// its first half, vCPUs that do not exist, flags: each gives its error and starts nothing. The
// edges that are legal start: a structure across two pages, canonical addresses at both ends.
// Class: XSA-296 (VCPUOP_initialise); guest-made state at VM entry (XSA-193); wild addresses
// (XSA-212).
#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "start_info.h"
#include "window.h"

void stop_at_once(void);
asm(".text\n stop_at_once: mov $13, %eax\n xor %edi, %edi\n vmcall\n ud2\n");

static struct lintel_vcpu_start good;

static void refused(const struct lintel_vcpu_start* start, int64_t wanted)
{
    expect_equal(vcpu_start(1, (uintptr_t)start), wanted);
    expect_equal(vcpu_state(1), LINTEL_VCPU_STOPPED);
}

static void check_fields(void)
{
    static const uint64_t wild[] = {0x0000800000000000, 0xffff7fffffffffff, 0x8000000000000000,
                                    0x7fffffffffffffff, 0x0001000000000000};
    const unsigned width = cpuid(0x80000008, 0).eax & 0xff;
    struct lintel_vcpu_start start;
    for (unsigned i = 0; i < sizeof wild / sizeof wild[0]; ++i) {
        start = good;
        start.rip = wild[i];
        refused(&start, LINTEL_EINVAL);
        start = good;
        start.rsp = wild[i];
        refused(&start, LINTEL_EINVAL);
    }
    for (unsigned bit = 0; bit < 64; ++bit)
        if (bit < 12 || bit >= width) {
            start = good;
            start.cr3 |= 1ull << bit;
            refused(&start, LINTEL_EINVAL);
        }
    for (unsigned word = 0; word < 4; ++word)
        for (unsigned bit = 0; bit < 64; ++bit) {
            start = good;
            start.reserved[word] = 1ull << bit;
            refused(&start, LINTEL_EINVAL);
        }
}

static void check_addresses(void)
{
    const uint64_t at = (uintptr_t)&good, end = hypervisor_heap()->address;
    for (unsigned offset = 1; offset < 8; ++offset)
        expect_equal(vcpu_start(1, at + offset), LINTEL_EINVAL);
    const uint64_t gone[] = {0x100000,         0xfee00000,     end,        end - 8,
                             end - 56,         info_address(), 1ull << 38, 1ull << 52,
                             info->events_gpa, ~7ull,          1ull << 63, LINTEL_WINDOW_EVENTS,
                             at | 1ull << 52,  0x100000 - 8};
    for (unsigned i = 0; i < sizeof gone / sizeof gone[0]; ++i)
        expect_equal(vcpu_start(1, gone[i]), LINTEL_EFAULT);
    const uint64_t nobody[] = {vcpu_count(), 48, 1ull << 31, 1ull << 32, (1ull << 32) + 1, ~0ull};
    for (unsigned i = 0; i < sizeof nobody / sizeof nobody[0]; ++i)
        expect_equal(vcpu_start(nobody[i], at), LINTEL_ENOENT);
    for (unsigned bit = 0; bit < 64; ++bit)
        expect_equal(hypercall(LINTEL_HC_vcpu_start, 1, at, 1ull << bit, 0, 0), LINTEL_EINVAL);
    expect_equal(vcpu_state(1), LINTEL_VCPU_STOPPED);
}

static void starts(const struct lintel_vcpu_start* start)
{
    expect_equal(vcpu_start(1, (uintptr_t)start), 0);
    vcpu_join(1);
}

void test(void)
{
    static uint8_t pages[2 * SMALL_PAGE] __attribute__((aligned(4096)));
    static const uint64_t stacks[] = {0, 0x00007fffffffffff, 0xffff800000000000, ~0ull};
    need_vcpus(2);
    good = (struct lintel_vcpu_start){.rip = (uintptr_t)stop_at_once, .cr3 = read_cr3()};
    check_fields();
    check_addresses();
    for (uint64_t offset = SMALL_PAGE - 64; offset <= SMALL_PAGE; offset += 8) {
        struct lintel_vcpu_start* const there = (struct lintel_vcpu_start*)(pages + offset);
        *there = good;
        starts(there);
    }
    struct lintel_vcpu_start* const last =
        (struct lintel_vcpu_start*)(hypervisor_heap()->address - sizeof *last);
    *last = good;
    starts(last);
    for (unsigned i = 0; i < 4; ++i) {
        struct lintel_vcpu_start start = good;
        start.rsp = stacks[i];
        starts(&start);
    }
}
