// SPDX-License-Identifier: Apache-2.0
// The four ways to switch tasks, in 32-bit code without paging. The task register must name a 32-bit task
// for CALL, gates and IRET: SPARE does for both, the old and the new one.
#include "selectors.h"

#define NESTED_TASK 14

    .text
    .code32
    .globl switch_jump
switch_jump:
    ljmp $SPARE, $0

    .globl switch_call
switch_call:
    lcall $SPARE, $0
    ret

    .globl switch_gate
switch_gate:
    lidt task_gates_pointer
    int $0x30
    ret

    // The back link of the current task leads to the one that is marked busy for it.
    .globl switch_iret
switch_iret:
    movb $0x8b, spare_descriptors + 5
    str %eax
    and $0xfff8, %eax
    lea gdt(%eax), %edx
    mov 2(%edx), %eax
    and $0xffffff, %eax
    movw $SPARE, (%eax)
    pushf
    btsl $NESTED_TASK, (%esp)
    popf
    iret

    .section .note.GNU-stack, "", @progbits
