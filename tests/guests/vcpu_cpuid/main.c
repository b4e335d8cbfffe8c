// SPDX-License-Identifier: Apache-2.0
// What CPUID tells each vCPU about itself.
//
// Index, initial and x2APIC id and the topology leaves agree on every vCPU, also after it has
// shared its processor with others for a while, and also when all ask at once; what is not about
// the vCPU is the same everywhere; OSXSAVE and the XSAVE size follow the vCPU's own CR4 and XCR0.
// Class: answers remembered for another vCPU.
#include <lintel/cpuid.h>

#include "processor.h"
#include "result.h"
#include "smp.h"

static struct barrier barrier;
static volatile uint32_t common[4];

static void check_identity(unsigned vcpu)
{
    const unsigned count = vcpu_count();
    unsigned power = 1;
    while (power < count)
        power *= 2;
    expect_equal(cpuid(LINTEL_CPUID_VCPU, 0).eax, vcpu);
    expect_equal(cpuid(1, 0).ebx >> 24, vcpu);
    expect_equal(cpuid(1, 0).ebx >> 16 & 0xff, power);
    expect_equal(cpuid(1, 0).edx >> 28 & 1, 1);
    expect_equal(cpuid(0xb, 0).edx, vcpu);
    expect_equal(cpuid(0xb, 1).edx, vcpu);
    expect_equal(cpuid(0xb, 0).ebx, 1); // one thread each
    expect_equal(cpuid(0xb, 1).ebx, count);
    expect_equal(cpuid(0xb, 0).ecx >> 8 & 0xff, 1);
    expect_equal(cpuid(0xb, 1).ecx >> 8 & 0xff, 2);
}

static void live(void* unused)
{
    const unsigned vcpu = this_vcpu();
    const uint64_t osxsave = 1u << 18;
    (void)unused;
    meet(&barrier, vcpu_count());
    for (unsigned round = 0; round < 40; ++round) {
        check_identity(vcpu);
        const bool on = (round + vcpu) % 2 == 0;
        write_cr4(on ? read_cr4() | osxsave : read_cr4() & ~osxsave);
        expect_equal(cpuid(1, 0).ecx >> 27 & 1, on);
        if (on)
            asm volatile("xsetbv" : : "c"(0), "a"(vcpu % 2 == 0 ? 1 : 3), "d"(0));
        if (round % 8 == 7)
            spin_for(3000000);
        expect_equal(cpuid(1, 0).ecx >> 27 & 1, on);
        expect_equal(cpuid(0, 0).eax, common[0]);
        expect_equal(cpuid(7, 0).ebx, common[1]);
        expect_equal(cpuid(LINTEL_CPUID_INFO, 0).ecx, common[2]);
        expect_equal(cpuid(0x80000001, 0).edx, common[3]);
    }
}

void test(void)
{
    need_vcpus(2);
    common[0] = cpuid(0, 0).eax;
    common[1] = cpuid(7, 0).ebx;
    common[2] = cpuid(LINTEL_CPUID_INFO, 0).ecx;
    common[3] = cpuid(0x80000001, 0).edx;
    others_run(live, NULL);
    live(NULL);
    others_join();
}
