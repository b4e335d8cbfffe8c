// SPDX-License-Identifier: Apache-2.0
// The state in which a vCPU starts, after one that left everything behind.
//
// Each vCPU first runs a life that fills all its registers: general, vector and debug registers,
// CR2 and CR8, XCR0, every MSR a guest can write, EFER, PAT. It stops, and is started straight at
// code that stores what it finds. That must be what docs/abi/vcpus.md says, register by register:
// nothing of its former life, of another vCPU, or of the hypervisor. Class: state that leaks
// between vCPUs (XSA-52).
#include "fresh.h"

#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"

struct fresh found; // filled by main.S
void fresh_entry(void);
void fill_vectors(void);

static const uint32_t msrs[FRESH_MSRS] = {
    0xc0000080, 0x277,      0x174,      0x175,      0x176, 0xc0000081, 0xc0000082,
    0xc0000083, 0xc0000084, 0xc0000102, 0xc0000103, 0x1d9, 0xc0000100, 0xc0000101};
static const uint64_t wanted_msrs[FRESH_MSRS] = {0xd01, 0x0007040600070406};
const uint32_t* const fresh_msrs = msrs;

static void dirty_life(void* unused)
{
    const uint64_t secret = 0x00005ec4e7005ec4; // canonical, as some of them insist
    const uint32_t xsave = 1u << 26;
    (void)unused;
    for (unsigned i = 2; i < 10; ++i)
        write_msr(msrs[i], i == 2 ? 0x1234 : i == 8 ? 0x47700 : secret & 0x00007fffffffffff);
    write_msr(0xc0000102, 0x00005ec4e7005ec4);
    write_msr(0xc0000103, 0x5ec4e7);
    write_msr(0x1d9, 2);
    write_msr(0x277, 0x0007010600070106);
    write_dr0(secret);
    write_dr1(secret);
    write_dr2(secret);
    write_dr3(secret);
    write_dr6(0xffff0fff);
    write_dr7(0x400 | 0x30);
    write_cr8(9);
    asm volatile("mov %0, %%cr2" : : "r"(secret));
    if ((cpuid(1, 0).ecx & xsave) != 0) {
        write_cr4(read_cr4() | 1u << 18);
        asm volatile("xsetbv" : : "c"(0), "a"(cpuid(0xd, 0).eax & 0xe7), "d"(0));
        fill_vectors();
    }
    upcall_set(0x40);
    timer_set(1ull << 62);
    asm volatile("mov %0, %%rbx\n mov %0, %%rcx\n mov %0, %%rdx\n mov %0, %%rsi\n mov %0, %%rbp\n"
                 "mov %0, %%r8\n mov %0, %%r9\n mov %0, %%r11\n mov %0, %%r12\n mov %0, %%r13\n"
                 "mov %0, %%r14\n mov %0, %%r15\n mov $13, %%eax\n xor %%edi, %%edi\n vmcall"
                 :
                 : "r"(secret)
                 : "memory"); // vcpu_stop, with all of it in place
}

static void check(unsigned vcpu)
{
    const unsigned before = unmet_count();
    for (unsigned i = 0; i < FRESH_GENERAL; ++i)
        expect_equal(found.general[i], 0);
    expect_equal(found.rsp, 0xffff800012345678);
    expect_equal(found.rdi, (uintptr_t)&found);
    expect_equal(found.rflags, 2);
    expect_equal(found.cr0, 0x80010031);
    expect_equal(found.cr2, 0);
    expect_equal(found.cr3, read_cr3());
    expect_equal(found.cr4, 0x20);
    expect_equal(found.cr8, 0);
    for (unsigned i = 0; i < 4; ++i)
        expect_equal(found.dr[i], 0);
    expect_equal(found.dr6, 0xffff0ff0);
    expect_equal(found.dr7, 0x400);
    expect_equal(found.selectors[0], 8);
    for (unsigned i = 1; i < 6; ++i)
        expect_equal(found.selectors[i], 16);
    expect_equal(found.task, 0);
    expect_equal(found.local, 0);
    expect_equal(found.tables[0].limit | found.tables[0].base, 0);
    expect_equal(found.tables[1].limit | found.tables[1].base, 0);
    for (unsigned i = 0; i < FRESH_MSRS; ++i)
        expect_equal(found.msrs[i], wanted_msrs[i]);
    expect_equal(found.xcr0, 1);
    expect_equal(found.mxcsr, 0x1f80);
    expect_equal(found.control_word, 0x37f); // after FNINIT or reset; reset has 0x40
    expect_equal(found.vectors, 0);
    expect_equal(found.index, vcpu);
    if (unmet_count() != before)
        print("that was vCPU %u", vcpu);
}

void test(void)
{
    need_vcpus(2);
    for (unsigned round = 0; round < 2; ++round) {
        others_run(dirty_life, NULL);
        others_join();
        for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu) {
            found = (struct fresh){.rdi = ~0ull};
            expect_equal(vcpu_start_at(vcpu, (uintptr_t)fresh_entry, 0xffff800012345678,
                                       (uintptr_t)&found, read_cr3()),
                         0);
            vcpu_join(vcpu);
            check(vcpu);
        }
    }
}
