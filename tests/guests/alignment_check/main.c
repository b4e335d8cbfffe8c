// SPDX-License-Identifier: Apache-2.0
// Alignment checks, which take a detour through the hypervisor.
//
// #AC must reach the guest with error code 0 and the address of the instruction, each time, and
// only in ring 3 with CR0.AM and RFLAGS.AC set. Class: CVE-2015-5307, XSA-156 (endless #AC
// delivery; vcpu_endless_traps has the endless case).
#include "processor.h"
#include "result.h"
#include "selectors.h"
#include "trap.h"
#include "window.h"

uint64_t words[2]; // reached by touch()
extern char misaligned[];
void touch(void);
asm(".text\n touch: lea words + 1, %rax\n misaligned: mov (%rax), %rax\n int $0x80\n");

void test(void)
{
    const uint64_t check = 1u << 18, am = 1u << 18;
    static char stack[4096] __attribute__((aligned(16)));
    const uint64_t top = (uintptr_t)(stack + sizeof stack);
    const uint64_t before = stats->exits[LINTEL_EXIT_EXCEPTION];
    expect_equal(through_iret((uintptr_t)touch, USER_CODE, 2 | check, top, USER_DATA).vector,
                 NO_FAULT);
    write_cr0(read_cr0() | am);
    expect_equal(through_iret((uintptr_t)touch, USER_CODE, 2, top, USER_DATA).vector, NO_FAULT);
    for (unsigned i = 0; i < 1000; ++i) {
        const struct fault fault =
            through_iret((uintptr_t)touch, USER_CODE, 2 | check, top, USER_DATA);
        expect_equal(fault.vector, VECTOR_AC);
        expect_equal(fault.error, 0);
        expect_equal(fault.rip, (uintptr_t)misaligned);
    }
    expect_equal(through_iret((uintptr_t)touch, KERNEL_CODE, 2 | check, top, KERNEL_DATA).vector,
                 NO_FAULT);
    expect_equal(stats->exits[LINTEL_EXIT_EXCEPTION] - before, 1000);
}
