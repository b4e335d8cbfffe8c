// SPDX-License-Identifier: Apache-2.0
// The first instructions of a vCPU without a stack: everything it finds goes to where RDI points.
#include "fresh.h"

#define OSXSAVE 18
#define OSFXSR 9
#define VCPU_STOP 13
#define INDEX_LEAF 0x40000002

    .text
    .globl fresh_entry
fresh_entry:
    at = 0
    .irp r, rax, rbx, rcx, rdx, rsi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    mov %\r, at(%rdi)
    at = at + 8
    .endr
    mov %rsp, AT_RSP(%rdi)
    mov %rdi, AT_RDI(%rdi)
    mov $fresh_stack_end, %esp
    pushfq
    popq AT_RFLAGS(%rdi)
    at = AT_CR
    .irp r, cr0, cr2, cr3, cr4, cr8
    mov %\r, %rax
    mov %rax, at(%rdi)
    at = at + 8
    .endr
    at = AT_DR
    .irp r, db0, db1, db2, db3, db6, db7
    mov %\r, %rax
    mov %rax, at(%rdi)
    at = at + 8
    .endr
    at = AT_SELECTORS
    .irp r, cs, ss, ds, es, fs, gs
    mov %\r, %eax
    mov %eax, at(%rdi)
    at = at + 4
    .endr
    xor %eax, %eax
    str %eax
    mov %eax, AT_TASK(%rdi)
    sldt %eax
    mov %eax, AT_LOCAL(%rdi)
    sgdt AT_TABLES(%rdi)
    sidt AT_TABLES + 16(%rdi)

    mov fresh_msrs, %rsi
    lea AT_MSRS(%rdi), %rbp
    mov $FRESH_MSRS, %ebx
1:  mov (%rsi), %ecx
    rdmsr
    mov %eax, (%rbp)
    mov %edx, 4(%rbp)
    add $4, %rsi
    add $8, %rbp
    dec %ebx
    jnz 1b

    mov %cr4, %rax
    bts $OSXSAVE, %rax
    bts $OSFXSR, %rax
    mov %rax, %cr4
    xor %ecx, %ecx
    xgetbv
    mov %eax, AT_XCR0(%rdi)
    mov %edx, AT_XCR0 + 4(%rdi)
    fxsave fresh_area
    mov fresh_area + 24, %eax
    mov %eax, AT_MXCSR(%rdi)
    movzwl fresh_area, %eax
    mov %eax, AT_CONTROL_WORD(%rdi)
    mov $fresh_area + 160, %esi
    xor %eax, %eax
    mov $32, %ecx
2:  or (%rsi), %rax
    add $8, %rsi
    dec %ecx
    jnz 2b
    mov %rax, AT_VECTORS(%rdi)

    mov $INDEX_LEAF, %eax
    xor %ecx, %ecx
    cpuid
    mov %rax, AT_INDEX(%rdi)
    mov $VCPU_STOP, %eax
    xor %edi, %edi
    vmcall
    ud2

    .globl fill_vectors
fill_vectors:
    mov $fresh_pattern, %eax
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vmovups (%rax), %ymm\n
    .endr
    movl $0x7f80, -4(%rsp)
    ldmxcsr -4(%rsp)
    fldpi
    ret

    .section .rodata
    .align 32
fresh_pattern:
    .fill 32, 1, 0x5e
    .bss
    .align 64
fresh_area:
    .skip 512
    .skip 64
fresh_stack_end:

    .section .note.GNU-stack, "", @progbits
