// SPDX-License-Identifier: Apache-2.0
// From the boot loader to C++: Multiboot2 header, long mode, first stack.
// Multiboot2 specification, "Machine state": 32-bit flat protected mode, EAX magic, EBX information.

#define SIZE_2M 0x200000
#define SIZE_1G 0x40000000
#define PRESENT_WRITE 3
#define PRESENT_WRITE_LARGE 0x83
#define HIGH(symbol) (symbol - 0xfffffe8040000000) // image_offset of lintel.lds

    .section .multiboot, "a"
    .balign 8
header:
    .long 0xe85250d6, 0, header_end - header, -(0xe85250d6 + (header_end - header))
    .short 0, 0     // end tag
    .long 8
header_end:

    .section .boot, "ax"
    .code32
    .globl boot_entry
boot_entry:
    cli
    cld
    mov %eax, %ebp          // kept for hypervisor_main, as is EBX

    // Long mode, or a word to the user by the one output that needs no set-up.
    mov $0x80000000, %eax
    mov %ebx, %edi
    cpuid
    cmp $0x80000001, %eax
    jb no_long_mode
    mov $0x80000001, %eax
    cpuid
    bt $29, %edx
    jnc no_long_mode
    bt $20, %edx            // NX: every processor with EPT has it, firmware may switch it off
    jnc no_long_mode
    mov %edi, %ebx

    // Memory at 0 and at the direct map's base: 512 GiB in 1 GiB pages, or the first 4 GiB in 2 MiB
    // pages where the processor is too old for them. boot/early_map.hpp tells C++ which.
    bt $26, %edx
    mov $HIGH(boot_directories), %edi
    mov $PRESENT_WRITE_LARGE, %eax
    mov $2048, %ecx
    setc HIGH(early_map_has_1g_pages)
1:  mov %eax, (%edi)
    movl $0, 4(%edi)
    add $SIZE_2M, %eax
    add $8, %edi
    loop 1b
    mov $HIGH(boot_directories) + PRESENT_WRITE, %eax
    mov $HIGH(boot_low_pointers), %edi
    mov $4, %ecx
2:  mov %eax, (%edi)
    add $0x1000, %eax
    add $8, %edi
    loop 2b
    testb $1, HIGH(early_map_has_1g_pages)
    jz 6f
    mov $HIGH(boot_low_pointers), %edi
    mov $PRESENT_WRITE_LARGE, %eax
    xor %edx, %edx
    mov $512, %ecx
5:  mov %eax, (%edi)
    mov %edx, 4(%edi)
    add $SIZE_1G, %eax
    adc $0, %edx
    add $8, %edi
    loop 5b
6:
    // The image: the same first directory again, 1 GiB above the window's base.
    movl $HIGH(boot_directories) + PRESENT_WRITE, HIGH(boot_window_pointers) + 8
    mov $HIGH(boot_pml4), %edi
    movl $HIGH(boot_low_pointers) + PRESENT_WRITE, (%edi)
    movl $HIGH(boot_low_pointers) + PRESENT_WRITE, 256 * 8(%edi)
    movl $HIGH(boot_window_pointers) + PRESENT_WRITE, 509 * 8(%edi)

    mov %edi, %cr3
    mov $0x20, %eax         // CR4.PAE
    mov %eax, %cr4
    mov $0xc0000080, %ecx   // EFER
    rdmsr
    or $0x900, %eax         // LME, NXE: every processor with EPT has NX
    wrmsr
    mov $0x80010033, %eax   // CR0: PG, WP, NE, ET, MP, PE
    mov %eax, %cr0
    lgdt boot_gdtr
    ljmp $8, $long_mode

no_long_mode:
    mov $no_long_mode_text, %esi
    mov $0xb8000, %edi
3:  lodsb
    test %al, %al
    jz 4f
    mov $0x0f, %ah
    stosw
    outb %al, $0xe9
    jmp 3b
4:  hlt
    jmp 4b
no_long_mode_text:
    .asciz "Lintel needs a 64-bit processor, and execute-disable switched on in its firmware: halted.\n"

    .code64
long_mode:
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %eax, %fs
    mov %eax, %gs
    movabs $boot_stack_top, %rsp
    mov %ebp, %edi
    mov %ebx, %esi
    xor %ebp, %ebp
    movabs $hypervisor_main, %rax
    call *%rax

    .balign 8
    .globl boot_gdt
boot_gdt:
    .quad 0, 0x00af9a000000ffff
boot_gdtr:
    .short 15
    .long boot_gdt

    .bss
    .balign 4096
    .globl boot_pml4
boot_pml4: .skip 4096
boot_low_pointers: .skip 4096
boot_window_pointers: .skip 4096
boot_directories: .skip 4 * 4096
    .globl early_map_has_1g_pages
early_map_has_1g_pages: .skip 8
    .balign 4096
    .globl boot_stack, boot_stack_top
boot_stack: .skip 65536
boot_stack_top:
