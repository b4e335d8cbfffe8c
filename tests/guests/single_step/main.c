// SPDX-License-Identifier: Apache-2.0
// Single-stepping over instructions that leave the guest.
//
// With TF set there must be one #DB after each instruction, no more and no fewer, whether the
// processor executes it, the hypervisor does (CPUID, VMCALL, RDMSR, HLT), an interrupt becomes due
// meanwhile, or the shadow of STI is on. After MOV SS it comes one instruction later. INT1 is a #DB
// with nothing in DR6. Class: XSA-308 (pending debug exceptions at VM entry), CVE-2018-8897 (MOV
// SS).
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "upcall.h"

static uint64_t traps[64];
static unsigned count;
uint64_t step_port;

static bool on_debug(struct frame* frame)
{
    const uint64_t single_step = 1u << 14;
    if (count < 64)
        traps[count++] = frame->rip;
    expect_equal(read_dr6() & single_step, single_step);
    write_dr6(0xffff0ff0);
    return true;
}

// Sets TF, executes the text, clears TF; `s` marks where a trap is to come.
#define SEQUENCE(name, text)                                                   \
    extern uint64_t name##_traps[];                                            \
    void name(void);                                                           \
    asm(".macro s\n"                                                           \
        "9: .pushsection .rodata\n .quad 9b\n .popsection\n"                   \
        ".endm\n"                                                              \
        ".pushsection .rodata\n .align 8\n" #name "_traps:\n .popsection\n"    \
        ".text\n" #name ":\n push %rbx\n"                                      \
        "pushfq\n orq $0x100, (%rsp)\n popfq\n" text                           \
        "pushfq\n s\n andq $~0x100, (%rsp)\n s\n popfq\n s\n pop %rbx\n ret\n" \
        ".pushsection .rodata\n .quad 0\n .popsection\n"                       \
        ".purgem s\n");

SEQUENCE(plain, "nop\n s\n mov %rsp, %rax\n s\n")
SEQUENCE(exits, "mov $1, %eax\n s\n cpuid\n s\n nop\n s\n mov $0xc0000080, %ecx\n s\n rdmsr\n s\n"
                "mov $0x1d9, %ecx\n s\n rdmsr\n s\n xor %eax, %eax\n s\n vmcall\n s\n nop\n s\n"
                "in $0x21, %al\n s\n mov %cr8, %rax\n s\n")
SEQUENCE(sti_shadow, "sti\n s\n cpuid\n s\n sti\n s\n nop\n s\n cli\n s\n")
SEQUENCE(mov_ss_shadow, "mov %ss, %eax\n s\n mov %eax, %ss\n nop\n s\n mov %ss, %eax\n s\n"
                        "mov %eax, %ss\n cpuid\n s\n nop\n s\n")
SEQUENCE(interrupted, "sti\n s\n nop\n s\n mov $10, %eax\n s\n mov step_port, %rdi\n s\n"
                      "xor %esi, %esi\n s\n vmcall\n s\n nop\n s\n cli\n s\n")
SEQUENCE(halted, "hlt\n s\n nop\n s\n")

static void check(const char* name, void (*sequence)(void), const uint64_t* wanted)
{
    unsigned n = 0;
    count = 0;
    sequence();
    while (wanted[n] != 0)
        ++n;
    bool equal = count == n;
    for (unsigned i = 0; i < n && i < count; ++i)
        equal &= traps[i] == wanted[i];
    if (!equal) {
        print("%s: %u traps for %u", name, count, n);
        for (unsigned i = 0; i < n || i < count; ++i)
            print("  at %lx, wanted at %lx", i < count ? traps[i] : 0, i < n ? wanted[i] : 0);
    }
    expect(equal);
}
#define CHECK(name) check(#name, name, name##_traps)

static uint64_t int1_dr6, int1_count;
static bool on_int1(struct frame* frame)
{
    (void)frame;
    int1_dr6 = read_dr6();
    ++int1_count;
    return true;
}

void test(void)
{
    write_dr6(0xffff0ff0);
    on_vector(VECTOR_DB, on_debug);
    CHECK(plain);
    CHECK(exits);
    CHECK(sti_shadow);
    CHECK(mov_ss_shadow);
    upcall_start();
    step_port = (uint64_t)event_bind_ipi(0);
    const uint64_t before = upcall_count();
    CHECK(interrupted);
    expect_equal(upcall_count() - before, 1);
    CHECK(halted); // a debug exception ends HLT

    on_vector(VECTOR_DB, on_int1);
    asm volatile(".byte 0xf1");
    expect_equal(int1_count, 1);
    expect_equal(int1_dr6 & 0xe00f, 0);
}
