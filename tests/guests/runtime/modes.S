// SPDX-License-Identifier: Apache-2.0
// The ways out of 64-bit mode of modes.h, and back. All registers live on the stack meanwhile, as their upper
// halves do not survive.
#include "selectors.h"

#define EFER 0xc0000080
#define LME 8
#define PG 31

    .macro save_registers
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rdi, %rax
    .endm

    .macro to_32bit
    push $KERNEL_CODE_32
    push $1f
    lretq
    .code32
1:  mov $KERNEL_DATA, %ecx
    mov %ecx, %ds
    mov %ecx, %es
    mov %ecx, %ss
    .endm

    .macro restore_registers
    .code64
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
    .endm

    .text
    .code64
    .globl in_protected_mode
in_protected_mode:
    save_registers
    to_32bit
    mov %eax, %ebx
    mov %cr0, %eax
    btr $PG, %eax
    mov %eax, %cr0
    mov $EFER, %ecx
    rdmsr
    btr $LME, %eax
    wrmsr
    call *%ebx
    mov $EFER, %ecx
    rdmsr
    bts $LME, %eax
    wrmsr
    mov %cr0, %eax
    bts $PG, %eax
    mov %eax, %cr0
    ljmp $KERNEL_CODE, $2f
2:  restore_registers

    .globl in_compatibility_mode
in_compatibility_mode:
    save_registers
    to_32bit
    call *%eax
    ljmp $KERNEL_CODE, $2f
2:  restore_registers

    .section .note.GNU-stack, "", @progbits
