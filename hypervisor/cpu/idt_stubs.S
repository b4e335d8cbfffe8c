// SPDX-License-Identifier: Apache-2.0
// One stub per vector: make every stack frame look alike (struct InterruptFrame), then call C++.

    .text
interrupt_common:
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
    mov %rsp, %rdi
    mov %rsp, %rbp
    and $-16, %rsp
    cld
    call interrupt_in_root
    mov %rbp, %rsp
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

    .globl unblock_nmi
unblock_nmi:
    mov %rsp, %rax
    push $0x10              // selector::data
    push %rax
    pushfq
    push $0x08              // selector::code
    lea 1f(%rip), %rax
    push %rax
    iretq
1:  ret

// Exceptions 8, 10..14, 17, 21, 29 and 30 push an error code themselves.
#define HAS_ERROR_CODE(v) ((0x60227d00 >> ((v) & 31)) & 1)

    .altmacro
    .macro stub vector
stub_\vector:
    .if \vector >= 32 || !HAS_ERROR_CODE(\vector)
    push $0
    .endif
    push $\vector
    jmp interrupt_common
    .endm
    .macro address vector
    .quad stub_\vector
    .endm

    vector = 0
    .rept 256
    stub %vector
    vector = vector + 1
    .endr

    .section .rodata
    .balign 8
    .globl interrupt_stubs
interrupt_stubs:
    vector = 0
    .rept 256
    address %vector
    vector = vector + 1
    .endr
