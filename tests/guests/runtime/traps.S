// SPDX-License-Identifier: Apache-2.0
// Interrupt stubs, and the excursions of trap.h: each leaves its stack pointer in its vCPU's `excursions`,
// from which unwind() comes back whatever happened in between.
#include "selectors.h"

    .text
    // A stub of 16 bytes for each vector; those without error code push a zero.
    .align 16
    .globl interrupt_stubs
interrupt_stubs:
    vector = 0
    .rept 256
    .align 16
    .if !((0x60227d00 >> (vector & 31)) & 1) || (vector > 31)
    push $0
    .endif
    push $vector
    jmp common
    vector = vector + 1
    .endr

common:
    push %rax
    push %rbx
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %rbp
    push %r8
    push %r9
    push %r10
    push %r11
    push %r12
    push %r13
    push %r14
    push %r15
    cld
    mov %rsp, %rdi
    call interrupt          // false: what was interrupted does not go on
    test %al, %al
    jz unwind
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rbp
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rbx
    pop %rax
    add $16, %rsp
    iretq

    // Which vCPU this is, in RAX: the task register tells, whatever became of GS and the stack.
    .macro this_vcpu_in_rax
    str %eax
    sub $TASK, %eax
    shr $4, %eax
    .endm

    .macro leave_caller
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    pushfq
    this_vcpu_in_rax
    pushq excursions(, %rax, 8)
    sub $8, %rsp
    mov %rsp, excursions(, %rax, 8)
    .endm

    // void excursion_kernel(void (*function)(void *), void *argument)
    .globl excursion_kernel
excursion_kernel:
    leave_caller
    mov %rdi, %rax
    mov %rsi, %rdi
    call *%rax
unwind:
    this_vcpu_in_rax
    mov excursions(, %rax, 8), %rsp
    mov $KERNEL_DATA, %ecx
    mov %ecx, %ss
    mov %ecx, %ds
    mov %ecx, %es
    add $8, %rsp
    popq excursions(, %rax, 8)
    popfq
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    // void excursion_user(void (*function)(void *), void *argument): in ring 3
    .globl excursion_user
excursion_user:
    leave_caller
    inc %eax
    shl $12, %eax
    lea user_stacks - 8(%rax), %rax
    movq $user_return, (%rax)
    push $USER_DATA
    push %rax
    push $2
    push $USER_CODE
    push %rdi
    mov %rsi, %rdi
    iretq
user_return:
    int $EXCURSION_END

    // void excursion_frame(const uint64_t frame[5]): IRET to RIP, CS, RFLAGS, RSP, SS as given
    .globl excursion_frame
excursion_frame:
    leave_caller
    pushq 32(%rdi)
    pushq 24(%rdi)
    pushq 16(%rdi)
    pushq 8(%rdi)
    pushq (%rdi)
    .globl excursion_iret
excursion_iret:
    iretq

    .bss
    .align 16
    .globl excursions
excursions:
    .skip 8 * MAX_VCPUS
user_stacks:
    .skip 4096 * MAX_VCPUS

    .section .note.GNU-stack, "", @progbits
