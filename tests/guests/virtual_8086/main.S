// SPDX-License-Identifier: Apache-2.0
// Into virtual-8086 mode with a 32-bit IDT of its own, and out by the #GP of INT.
#include "selectors.h"

#define LOW 0x8000
#define GP 13
#define VM 17

    .text
    .code32
    .globl run_virtual_8086
run_virtual_8086:
    pusha
    mov %esp, saved_esp
    movl $0, faults
    // One gate is enough; any other exception is a triple fault, and the test's failure.
    mov $on_gp, %eax
    mov %ax, v86_idt + GP * 8
    movw $KERNEL_CODE_32, v86_idt + GP * 8 + 2
    movw $0x8e00, v86_idt + GP * 8 + 4
    shr $16, %eax
    mov %ax, v86_idt + GP * 8 + 6
    sidt saved_idt
    lidt v86_idt_pointer
    // SS0 and ESP0 of the 32-bit task: the one that is loaded has 64-bit form, so another is taken.
    mov %esp, v86_task + 4
    movl $KERNEL_DATA, v86_task + 8
    movl $104 << 16, v86_task + 100 // a bitmap of zeros: every port is allowed
    mov $v86_task, %eax
    movw $8192 + 104 - 1, spare_descriptors
    mov %ax, spare_descriptors + 2
    shr $16, %eax
    mov %al, spare_descriptors + 4
    movb $0x89, spare_descriptors + 5
    movb $0, spare_descriptors + 6
    mov %ah, spare_descriptors + 7
    mov $SPARE, %eax
    ltr %ax

    mov v86_segment, %edx
    mov $0xffff, %eax
    push %eax                   // GS, FS, DS, ES
    push %eax
    push %eax
    push %eax
    push %eax                   // SS
    push $0x7000                // ESP
    push $(1 << VM) + 2
    push %edx                   // CS
    mov $LOW, %eax
    shl $4, %edx
    sub %edx, %eax
    push %eax                   // EIP: the code is where it is, whatever the segment's base
    iretl

on_gp:                          // error code, EIP, CS, EFLAGS; data segments are null
    push %eax
    mov $KERNEL_DATA, %eax
    mov %eax, %ds
    mov 16(%esp), %eax
    mov %eax, v86_results + 24
    mov faults, %eax
    incl faults
    movl $GP, v86_results + 12(, %eax, 4)
    cmp $0, %eax
    jne 1f
    // At the first fault the registers have what the code before it found out.
    mov %esi, v86_results
    mov %edi, v86_results + 4
    mov %ebx, v86_results + 8
1:  cmp $2, %eax
    je v86_out
    mov v86_skip(, %eax, 4), %eax
    add %eax, 8(%esp)           // step over the instruction
    pop %eax
    add $4, %esp
    iretl
v86_out:
    mov saved_esp, %esp
    mov $KERNEL_DATA, %eax
    mov %eax, %es
    mov %eax, %ss
    lidt saved_idt
    popa
    ret

    .code16
    .globl v86_code, v86_code_end
v86_code:
    mov $0x40000000, %eax
    cpuid
    mov %ebx, %esi
    xor %eax, %eax
    vmcall
    mov %eax, %edi
    in $0x21, %al
    mov %eax, %ebx
    rdmsr                       // fault 0
    hlt                         // fault 1
    int $0x30                   // fault 2
v86_code_end:

    .data
    .align 8
v86_skip:
    .long 2, 1
v86_idt_pointer:
    .word 32 * 8 - 1
    .long v86_idt
saved_idt:
    .word 0
    .long 0, 0
    .bss
    .align 16
v86_idt:
    .skip 32 * 8
v86_task:
    .skip 104 + 8192
saved_esp:
    .skip 4
faults:
    .skip 4

    .section .note.GNU-stack, "", @progbits
