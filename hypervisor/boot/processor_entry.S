// SPDX-License-Identifier: Apache-2.0
// Where the other processors begin: from the real mode that a start-up IPI leaves them in straight to long
// mode. Intel SDM Vol. 3, "MP Initialization Protocol" and "Initializing IA-32e Mode".

#define PROGRESS_WANTED 1 // Progress of boot/processors.cpp
#define PROGRESS_BEGUN  2
#define HIGH(symbol) (symbol - 0xfffffe8040000000) // image_offset of lintel.lds

    .section .boot, "ax"
    .code16
    // Copied to a page below 1 MiB, at offset 0 of its own segment.
processor_trampoline:
    cli
    mov %cs, %ax
    mov %ax, %ds
    lgdtl gdtr - processor_trampoline
    mov $HIGH(boot_pml4), %eax
    mov %eax, %cr3
    mov $0x20, %eax         // CR4.PAE
    mov %eax, %cr4
    mov $0xc0000080, %ecx   // EFER
    rdmsr
    or $0x900, %eax         // LME, NXE
    wrmsr
    mov $0x80010033, %eax   // CR0: PG, WP, NE, ET, MP, PE
    mov %eax, %cr0
    ljmpl $8, $processor_long_mode
gdtr:
    .short 15
    .long boot_gdt
processor_trampoline_end:

    .code64
processor_long_mode:
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %eax, %fs
    mov %eax, %gs
    // Is it this processor that is waited for, and still? If not, its time was over before it came: it
    // touches nothing, and waits for the INIT that has been sent after it. boot/processors.cpp
    mov $0xb, %eax
    xor %ecx, %ecx
    cpuid                   // EDX: its x2APIC ID
    movabs processor_apic_id, %eax
    cmp %edx, %eax
    jne too_late
    movabs $processor_progress, %rbx
    mov $PROGRESS_WANTED, %eax
    mov $PROGRESS_BEGUN, %ecx
    lock cmpxchg %ecx, (%rbx)
    jne too_late

    movabs processor_stack, %rax
    mov %rax, %rsp
    movabs processor_block, %rax
    mov %rax, %rdi
    xor %ebp, %ebp
    movabs $processor_main, %rax
    call *%rax
too_late:
    hlt
    jmp too_late

    .section .rodata
    .balign 8
    .globl processor_trampoline_at, processor_trampoline_size
processor_trampoline_at: .quad processor_trampoline // its machine address
processor_trampoline_size: .quad processor_trampoline_end - processor_trampoline
