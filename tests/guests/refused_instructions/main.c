// SPDX-License-Identifier: Apache-2.0
// Instructions that a guest does not have.
//
// VMX, SMX, MONITOR/MWAIT and RSM raise #UD, from ring 0 and ring 3, as on a processor without
// them. RDPMC and INVD raise #GP: INVD would throw away what caches hold for everybody. WBINVD
// stays. Class: nested-virtualization leftovers (XSA-170, XSA-304) and exits for which nobody wrote
// a handler.
#include "processor.h"
#include "result.h"
#include "trap.h"

#define INSTRUCTION(name, text)                                                             \
    static void name(void* unused)                                                          \
    {                                                                                       \
        static uint64_t memory[2];                                                          \
        (void)unused;                                                                       \
        asm volatile(text : : "a"(0), "c"(0), "d"(0), "m"(memory) : "rbx", "memory", "cc"); \
    }
INSTRUCTION(vmclear, "vmclear %3")
INSTRUCTION(vmlaunch, "vmlaunch")
INSTRUCTION(vmresume, "vmresume")
INSTRUCTION(vmptrld, "vmptrld %3")
INSTRUCTION(vmptrst, "vmptrst %3")
INSTRUCTION(vmread, "vmread %%rax, %%rbx")
INSTRUCTION(vmwrite, "vmwrite %%rax, %%rcx")
INSTRUCTION(vmxon, "vmxon %3")
INSTRUCTION(vmxoff, "vmxoff")
INSTRUCTION(vmfunc, "vmfunc")
INSTRUCTION(invept, "invept %3, %%rcx")
INSTRUCTION(invvpid, "invvpid %3, %%rcx")
INSTRUCTION(getsec, "getsec")
INSTRUCTION(encls, ".byte 0x0f, 0x01, 0xcf")
INSTRUCTION(monitor, ".byte 0x0f, 0x01, 0xc8")
INSTRUCTION(mwait, ".byte 0x0f, 0x01, 0xc9")
INSTRUCTION(rsm, "rsm")
INSTRUCTION(rdpmc, "rdpmc")
INSTRUCTION(invd, "invd")
INSTRUCTION(wbinvd, "wbinvd")
INSTRUCTION(hlt, "hlt")

static const struct {
    const char* name;
    excursion_function function;
    unsigned kernel, user; // the vector each gets
} instructions[] = {
    {"vmclear", vmclear, VECTOR_UD, VECTOR_UD},   {"vmlaunch", vmlaunch, VECTOR_UD, VECTOR_UD},
    {"vmresume", vmresume, VECTOR_UD, VECTOR_UD}, {"vmptrld", vmptrld, VECTOR_UD, VECTOR_UD},
    {"vmptrst", vmptrst, VECTOR_UD, VECTOR_UD},   {"vmread", vmread, VECTOR_UD, VECTOR_UD},
    {"vmwrite", vmwrite, VECTOR_UD, VECTOR_UD},   {"vmxon", vmxon, VECTOR_UD, VECTOR_UD},
    {"vmxoff", vmxoff, VECTOR_UD, VECTOR_UD},     {"vmfunc", vmfunc, VECTOR_UD, VECTOR_UD},
    {"invept", invept, VECTOR_UD, VECTOR_UD},     {"invvpid", invvpid, VECTOR_UD, VECTOR_UD},
    {"getsec", getsec, VECTOR_UD, VECTOR_UD},     {"encls", encls, VECTOR_UD, VECTOR_UD},
    {"monitor", monitor, VECTOR_UD, VECTOR_UD},   {"mwait", mwait, VECTOR_UD, VECTOR_UD},
    {"rsm", rsm, VECTOR_UD, VECTOR_UD},           {"rdpmc", rdpmc, VECTOR_GP, VECTOR_GP},
    {"invd", invd, VECTOR_GP, VECTOR_GP},         {"wbinvd", wbinvd, NO_FAULT, VECTOR_GP},
};

void test(void)
{
    const unsigned count = sizeof instructions / sizeof instructions[0];
    write_cr4(read_cr4() | 1u << 8); // PCE: RDPMC from ring 3 gets as far as the hypervisor
    for (unsigned i = 0; i < count; ++i) {
        const unsigned kernel = in_kernel(instructions[i].function, NULL).vector;
        const unsigned user = in_user_mode(instructions[i].function, NULL).vector;
        if (kernel != instructions[i].kernel || user != instructions[i].user)
            print("%s: vector %u in ring 0, %u in ring 3", instructions[i].name, kernel, user);
        expect_equal(kernel, instructions[i].kernel);
        expect_equal(user, instructions[i].user);
    }
    expect_equal(in_user_mode(hlt, NULL).vector, VECTOR_GP);
}
