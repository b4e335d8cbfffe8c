// SPDX-License-Identifier: Apache-2.0
// The ways out of 64-bit mode that main.c tells of, and back.
#include "selectors.h"

#define EFER 0xc0000080
#define LME 8
#define PG 31
#define LOW 0x8000 // where the 16-bit code is copied to

    .text
    // To 32-bit code without paging and without LME.
    .macro leave_64_bit_mode
    .code64
    push %rbx
    push $KERNEL_CODE_32
    push $1f
    lretq
    .code32
1:  mov $KERNEL_DATA, %eax
    mov %eax, %ds
    mov %cr0, %eax
    btr $PG, %eax
    mov %eax, %cr0
    mov %cr0, %eax
    mov %eax, cr0_32
    mov $EFER, %ecx
    rdmsr
    mov %eax, efer_32
    btr $LME, %eax
    wrmsr
    .endm

    .macro enter_64_bit_mode
    mov $EFER, %ecx
    mov efer_32, %eax
    bts $LME, %eax
    xor %edx, %edx
    wrmsr
    mov %cr0, %eax
    bts $PG, %eax
    mov %eax, %cr0
    ljmp $KERNEL_CODE, $2f
    .code64
2:  pop %rbx
    ret
    .endm

    .globl go_off_and_on
go_off_and_on:
    leave_64_bit_mode
    mov seen_32, %eax
    not %eax
    mov %eax, seen_32
    mov cr3_32, %eax
    mov %eax, %cr3
    enter_64_bit_mode

    .globl go_legacy
go_legacy:
    leave_64_bit_mode
    mov %cr0, %eax
    bts $PG, %eax
    mov %eax, %cr0
1:  jmp 1b

    .globl go_task_16bit
go_task_16bit:
    leave_64_bit_mode
    mov $SPARE, %eax
    ltr %ax
    enter_64_bit_mode

    .globl go_real_mode
go_real_mode:
    leave_64_bit_mode
    mov %esp, esp_32
    mov %ds, %eax
    mov %eax, %es
    mov $real_begin, %esi
    mov $LOW, %edi
    mov $real_end - real_begin, %ecx
    rep movsb
    ljmp $SPARE, $LOW

    .code16
real_begin:
    mov %cr0, %eax
    and $~1, %al
    mov %eax, %cr0
    ljmp $0, $LOW + 1f - real_begin
1:  xor %eax, %eax
    mov %ax, %ds
    mov %ax, %ss
    mov $LOW - 0x1000, %sp
    vmcall
    mov %eax, LOW - 0x100
    mov $0x40000000, %eax
    cpuid
    mov %ebx, LOW - 0xfc
    // An exception, which pushes no error code here.
    sidt LOW - 0xe0
    movw $LOW + real_gp - real_begin, 13 * 4
    movw $0, 13 * 4 + 2
    lidt LOW + real_vectors - real_begin
    mov $0xdead, %ecx
    rdmsr
real_gp:
    mov %sp, %ax
    mov %ax, LOW - 0xf8
    lidt LOW - 0xe0
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    ljmpl $KERNEL_CODE_32, $real_return
real_vectors:
    .short 0x3ff
    .long 0
real_end:
    .code32
real_return:
    mov $KERNEL_DATA, %eax
    mov %eax, %ds
    mov %eax, %ss
    mov esp_32, %esp
    enter_64_bit_mode

    .section .note.GNU-stack, "", @progbits
