// SPDX-License-Identifier: Apache-2.0
// Hardware task switches.
//
// 64-bit mode has none: JMP to a task-state segment is #GP there. With paging off a 32-bit kernel
// can make one, by JMP, CALL, a task gate, or IRET with the nested-task flag; every one leaves the
// guest, and must be the end of the domain with the reason "hardware task switch". Class: an exit
// that asks for an emulation nobody needs.
#include "modes.h"
#include "result.h"
#include "selectors.h"
#include "trap.h"

extern uint64_t spare_descriptors[4];
void switch_jump(void);
void switch_call(void);
void switch_gate(void);
void switch_iret(void);

uint32_t other_task[26];  // its descriptor is SPARE
uint64_t task_gates[256]; // an IDT of task gates
struct {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed)) task_gates_pointer = {sizeof task_gates - 1, 0};

static void jump_64(void* unused)
{
    const struct {
        uint32_t offset;
        uint16_t selector;
    } __attribute__((packed)) target = {0, SPARE};
    (void)unused;
    asm volatile("ljmpl *%0" : : "m"(target));
}

__attribute__((unused)) static void jump(void)
{
    in_protected_mode(switch_jump);
}
__attribute__((unused)) static void call(void)
{
    in_protected_mode(switch_call);
}
__attribute__((unused)) static void gate(void)
{
    in_protected_mode(switch_gate);
}
__attribute__((unused)) static void iret(void)
{
    in_protected_mode(switch_iret);
}

void test(void)
{
    const uint64_t base = (uintptr_t)other_task, available_32 = 0x89ull << 40;
    spare_descriptors[0] = (sizeof other_task - 1) | (base & 0xffffff) << 16 | available_32 |
                           (base >> 24 & 0xff) << 56;
    for (unsigned vector = 0; vector < 256; ++vector)
        task_gates[vector] = (uint64_t)SPARE << 16 | 0x85ull << 40;
    task_gates_pointer.base = (uint32_t)(uintptr_t)task_gates;
    expect_equal(in_kernel(jump_64, NULL).vector, VECTOR_GP);
    about_to_die("hardware task switch");
    VARIANT();
    survived();
}
