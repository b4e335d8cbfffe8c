// SPDX-License-Identifier: Apache-2.0
// What exits, in 32-bit code; and the way there with ones in the upper halves of the registers.

#define EFER 0xc0000080
#define DEBUGCTL 0x1d9

    .text
    .code64
    .globl in_compatibility_mode_dirty
in_compatibility_mode_dirty:
    mov $-1, %rax
    mov %rax, %rcx
    mov %rax, %rdx
    mov %rax, %rsi
    jmp in_compatibility_mode

    .code32
    .globl exits_32
exits_32:
    push %ebx
    mov $0x40000000, %eax
    cpuid
    mov %ebx, found

    mov $EFER, %ecx
    rdmsr
    mov %eax, found + 4
    wrmsr

    mov $-1, %eax
    in $0x21, %al
    mov %eax, found + 8
    out %al, $0xe9

    mov %cr4, %eax
    or $0x40, %eax
    mov %eax, %cr4
    mov %cr4, %edx
    mov %edx, found + 12
    and $~0x40, %eax
    mov %eax, %cr4

    mov %cr0, %eax
    mov %eax, %edx
    or $0x20, %eax
    mov %eax, %cr0
    mov %cr0, %ecx
    mov %ecx, found + 16
    xor $0x40000000, %eax       // CD, and back
    mov %eax, %cr0
    mov %edx, %cr0

    mov $DEBUGCTL, %ecx
    mov $2, %eax
    xor %edx, %edx
    wrmsr
    xor %eax, %eax
    rdmsr
    mov %eax, found + 20
    xor %eax, %eax
    wrmsr

    movl $1, found + 28
    pop %ebx
    ret

    .section .note.GNU-stack, "", @progbits
