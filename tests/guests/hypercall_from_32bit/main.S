// SPDX-License-Identifier: Apache-2.0
// VMCALL in compatibility mode, from ring 0 and ring 3; number and result are in memory.
#include "selectors.h"

    .text
    .globl call_from_ring0
call_from_ring0:
    push %rbx
    push $KERNEL_CODE_32
    push $1f
    lretq
    .code32
1:  call make_call
    ljmp $KERNEL_CODE, $2f
    .code64
2:  pop %rbx
    ret

    .code32
    .globl call_from_ring3
call_from_ring3:
    mov $USER_DATA, %eax
    mov %eax, %ds
    call make_call
    int $EXCURSION_END

make_call:
    mov number_32, %eax
    xor %edi, %edi
    xor %esi, %esi
    xor %edx, %edx
    vmcall
    mov %eax, result_32
    ret

    .section .note.GNU-stack, "", @progbits
