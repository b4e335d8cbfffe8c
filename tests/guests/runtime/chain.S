// SPDX-License-Identifier: Apache-2.0
// The trampoline: copied out of the kernels' way, it goes back to 32-bit code without paging, loads the next
// kernel as chain_plan.h says, and enters it in the state of docs/abi/boot.md.
#include "chain_plan.h"

#define CODE 8
#define DATA 16
#define TSS 24
#define EFER 0xc0000080
#define AT(label) (TRAMPOLINE + label - trampoline)

    .text
    .code64
    .globl enter_trampoline
enter_trampoline:
    lgdt AT(trampoline_gdt_pointer)
    mov $TRAMPOLINE + 4096, %esp
    push $CODE
    push $TRAMPOLINE
    lretq

    .code32
    .globl trampoline, trampoline_end
trampoline:
    mov $DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %eax, %ss
    mov %cr0, %eax
    and $0x7fffffff, %eax           // PG
    mov %eax, %cr0
    mov $EFER, %ecx
    xor %eax, %eax
    xor %edx, %edx
    wrmsr
    mov %eax, %cr3
    mov %eax, %cr4
    lldt %ax
    mov $0x11, %eax                 // PE, ET
    mov %eax, %cr0
    mov $TSS, %eax
    ltr %ax

    cld
    mov $PLAN + PLAN_FIRST, %ebp
    mov PLAN + PLAN_COUNT, %ebx
1:  mov PIECE_FROM(%ebp), %esi
    mov PIECE_TO(%ebp), %edi
    mov PIECE_BYTES(%ebp), %ecx
    rep movsb
    mov PIECE_ZEROS(%ebp), %ecx
    xor %eax, %eax
    rep stosb
    add $PIECE_SIZE, %ebp
    dec %ebx
    jnz 1b

    mov PLAN + PLAN_ENTRY, %eax
    mov PLAN + PLAN_START_INFO, %ebx
    lidt AT(no_table)
    lgdt AT(no_table)
    jmp *%eax

    .align 16
trampoline_gdt:
    .quad 0
    .quad 0x00cf9b000000ffff        // CODE
    .quad 0x00cf93000000ffff        // DATA
    .quad 0x0000890000000067        // TSS: base 0, as at the entry of the first kernel
trampoline_gdt_pointer:
    .word trampoline_gdt_pointer - trampoline_gdt - 1
    .long AT(trampoline_gdt), 0
no_table:
    .word 0
    .long 0, 0
trampoline_end:

    .section .note.GNU-stack, "", @progbits
