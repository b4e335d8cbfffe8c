// SPDX-License-Identifier: Apache-2.0
// From the PVH entry (32-bit, paging off, EBX = start information) to start() in 64-bit mode. The first
// 4 GiB are mapped 1:1 with 2 MiB pages, which user mode may use as well. Intel SDM Vol. 3,
// "Initializing IA-32e Mode".
#include "selectors.h"

    .section .note.pvh, "a", @note
    .long 4, 4, 18          // XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long entry

    .text
    .code32
    .globl entry
entry:
    cld
    mov %ebx, start_info_address
    mov $pd, %edi
    mov $0x87, %eax         // present, writable, user, large
    mov $2048, %ecx
1:  mov %eax, (%edi)
    add $0x200000, %eax
    add $8, %edi
    loop 1b
    mov $pd + 7, %eax
    mov $pdpt, %edi
    mov $4, %ecx
2:  mov %eax, (%edi)
    add $4096, %eax
    add $8, %edi
    loop 2b
    movl $pdpt + 7, pml4

    mov $0x620, %eax        // PAE, OSFXSR, OSXMMEXCPT
    mov %eax, %cr4
    mov $pml4, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx   // EFER: LME, NXE
    mov $0x900, %eax
    xor %edx, %edx
    wrmsr
    mov $0x80010031, %eax   // PG, WP, NE, ET, PE
    mov %eax, %cr0
    lgdt gdt_pointer
    ljmp $KERNEL_CODE, $3f

    .code64
3:  mov $KERNEL_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    mov $stack_top, %esp
    call start
4:  hlt
    jmp 4b

    // Where vcpu_run() starts a vCPU: RDI = its number, on its own stack.
    .globl vcpu_entry
vcpu_entry:
    lgdt gdt_pointer
    push $KERNEL_CODE
    push $5f
    lretq
5:  mov $KERNEL_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %cr4, %rax
    or $0x620, %eax         // PAE, OSFXSR, OSXMMEXCPT
    mov %rax, %cr4
    call vcpu_main
    jmp 4b

    .data
    .align 16
    .globl gdt
gdt:
    .quad 0
    .quad 0x00af9b000000ffff    // KERNEL_CODE
    .quad 0x00cf93000000ffff    // KERNEL_DATA
    .quad 0x00cf9b000000ffff    // KERNEL_CODE_32
    .quad 0x00cffb000000ffff    // USER_CODE_32
    .quad 0x00cff3000000ffff    // USER_DATA
    .quad 0x00affb000000ffff    // USER_CODE
    .globl spare_descriptors
spare_descriptors:
    .quad 0, 0, 0, 0            // SPARE: for tests
    .globl task_descriptors
task_descriptors:
    .skip 16 * MAX_VCPUS        // TASK, filled in by load_traps()
gdt_end:
    .globl gdt_pointer
gdt_pointer:
    .word gdt_end - gdt - 1
    .long gdt, 0

    .bss
    .align 4096
    .globl pml4, pdpt, pd
pml4:
    .skip 4096
pdpt:
    .skip 4096
pd:
    .skip 4 * 4096
    .skip 16384
    .globl stack_top
stack_top:

    .section .note.GNU-stack, "", @progbits
