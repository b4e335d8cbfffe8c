// SPDX-License-Identifier: Apache-2.0
// Registers of each vCPU, while several share a processor.
//
// Every vCPU fills what it has with values of its own: XMM or YMM registers, MXCSR, the x87 control
// word, DR0 to DR3, CR2, CR8, XCR0, and the MSRs that the hypervisor leaves to guests. Then they
// spin through many slices, yield, sleep and are woken; after each turn everything must be its own.
// Class: state that leaks between vCPUs or gets lost in a switch (XSA-52).
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"

static const uint32_t msrs[] = {0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0xc0000100,
                                0xc0000101, 0xc0000102, 0xc0000103, 0x174,      0x175,
                                0x176,      0x277,      0x1d9};
#define MSRS (sizeof msrs / sizeof msrs[0])
#define TURNS 12u

static uint8_t areas[MAX_VCPUS][2][1024] __attribute__((aligned(64)));
static uint32_t ports[MAX_VCPUS];
static struct barrier barrier;

static uint64_t value_of(unsigned vcpu, unsigned what)
{
    switch (msrs[what]) {
    case 0x277:
        return 0x0007040600070400 + (vcpu % 2) * 6;
    case 0x1d9:
        return vcpu % 2 * 2;
    case 0xc0000084:
        return 0x700 + vcpu;
    case 0xc0000103:
        return 0x100 + vcpu;
    default:
        return 0x100000 * (what + 1) + vcpu;
    }
}

static uint64_t components(unsigned vcpu)
{
    const uint64_t avx = 7, sse = 3;
    return (cpuid(0xd, 0).eax & avx) == avx && vcpu % 2 == 1 ? avx : sse;
}

static void set(unsigned vcpu)
{
    uint8_t* const area = areas[vcpu][0];
    for (unsigned i = 0; i < MSRS; ++i)
        write_msr(msrs[i], value_of(vcpu, i));
    write_dr0(0x1000 + vcpu);
    write_dr1(0x2000 + vcpu);
    write_dr2(0x3000 + vcpu);
    write_dr3(0x4000 + vcpu);
    write_dr6(0xffff0ff0 | vcpu % 16);
    write_cr8(vcpu % 16);
    asm volatile("mov %0, %%cr2" : : "r"(0xabc0000ull + vcpu));
    write_cr4(read_cr4() | 1u << 18);
    asm volatile("xsetbv" : : "c"(0), "a"((uint32_t)components(vcpu)), "d"(0));
    for (unsigned i = 0; i < 1024; ++i)
        area[i] = 0;
    for (unsigned i = 160; i < 416; ++i)
        area[i] = (uint8_t)(i + vcpu * 3);
    for (unsigned i = 576; i < 832; ++i)
        area[i] = (uint8_t)(i * 3 + vcpu);
    *(uint16_t*)area = (uint16_t)(0x37f & ~(vcpu % 4 << 10 | 0x300)); // rounding by vCPU
    *(uint32_t*)(area + 24) = 0x1f80 | vcpu % 4 << 13;
    *(uint64_t*)(area + 512) = components(vcpu);
    asm volatile("xrstor64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory");
    asm volatile("xsave64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory");
}

static void check(unsigned vcpu, unsigned turn)
{
    const unsigned before = unmet_count();
    const uint8_t* const was = areas[vcpu][0];
    uint8_t* const is = areas[vcpu][1];
    uint32_t low, high;
    for (unsigned i = 0; i < MSRS; ++i)
        expect_equal(read_msr(msrs[i]), value_of(vcpu, i));
    expect_equal(read_dr0(), 0x1000 + vcpu);
    expect_equal(read_dr1(), 0x2000 + vcpu);
    expect_equal(read_dr2(), 0x3000 + vcpu);
    expect_equal(read_dr3(), 0x4000 + vcpu);
    expect_equal(read_dr6() & 15, vcpu % 16);
    expect_equal(read_cr8(), vcpu % 16);
    expect_equal(read_cr2(), 0xabc0000 + vcpu);
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    expect_equal(low, components(vcpu));
    expect_equal(high, 0);
    for (unsigned i = 0; i < 1024; ++i)
        is[i] = was[i];
    asm volatile("xsave64 (%0)" : : "r"(is), "a"(~0u), "d"(~0u) : "memory");
    unsigned differences = 0;
    for (unsigned i = 0; i < 1024; ++i)
        if (is[i] != was[i] && differences++ == 0)
            print("byte %u was %x, is %x", i, was[i], is[i]);
    expect_equal(differences, 0);
    if (unmet_count() != before)
        print("that was vCPU %u, turn %u", vcpu, turn);
}

static void live(void* unused)
{
    const unsigned vcpu = this_vcpu();
    (void)unused;
    upcall_start();
    set(vcpu);
    meet(&barrier, vcpu_count());
    check(vcpu, 0);
    for (unsigned turn = 1; turn <= TURNS; ++turn) {
        switch ((turn + vcpu) % 4) {
        case 0:
            spin_for(25000000);
            break;
        case 1:
            nap(3000000);
            break;
        case 2:
            timer_set(system_time() + 500000);
            asm volatile("sti\n hlt\n cli" : : : "memory");
            break;
        default:
            cpuid(0, 0);
        }
        check(vcpu, turn);
    }
}

void test(void)
{
    need_vcpus(2);
    if ((cpuid(1, 0).ecx & 1u << 26) == 0)
        skip("the processor has no XSAVE");
    for (unsigned vcpu = 0; vcpu < vcpu_count(); ++vcpu) {
        ports[vcpu] = (uint32_t)event_bind_virq(LINTEL_VIRQ_TIMER, vcpu);
        port_owner(ports[vcpu], vcpu);
    }
    others_run(live, NULL);
    live(NULL);
    others_join();
}
