// SPDX-License-Identifier: Apache-2.0
// Into the guest and back: bool vmx_enter(GuestRegisters*, bool launched). Returns false after a VM exit
// and true when VMLAUNCH or VMRESUME itself failed. GuestRegisters: vmx/guest_registers.hpp.
//
// HOST_RSP is written only when the stack is not where the last entry found it (`host_rsp`, offset 120).

#define HOST_RSP_FIELD 0x6c14

    .text
    .globl vmx_enter, vmx_exit
vmx_enter:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    push %rdi
    cmp %rsp, 120(%rdi)
    je 1f
    mov %rsp, 120(%rdi)
    mov $HOST_RSP_FIELD, %eax
    vmwrite %rsp, %rax
1:  test %sil, %sil
    mov 0(%rdi), %rax
    mov 8(%rdi), %rbx
    mov 16(%rdi), %rcx
    mov 24(%rdi), %rdx
    mov 32(%rdi), %rsi
    mov 48(%rdi), %rbp
    mov 56(%rdi), %r8
    mov 64(%rdi), %r9
    mov 72(%rdi), %r10
    mov 80(%rdi), %r11
    mov 88(%rdi), %r12
    mov 96(%rdi), %r13
    mov 104(%rdi), %r14
    mov 112(%rdi), %r15
    mov 40(%rdi), %rdi      // MOV leaves the flags of TEST alone
    jz 2f
    vmresume
    jmp failed
2:  vmlaunch
failed:
    pop %rdi
    mov $1, %eax
    jmp restore
vmx_exit:                   // HOST_RIP
    xchg %rdi, (%rsp)       // the pointer saved above against the guest's RDI
    mov %rax, 0(%rdi)
    mov %rbx, 8(%rdi)
    mov %rcx, 16(%rdi)
    mov %rdx, 24(%rdi)
    mov %rsi, 32(%rdi)
    pop 40(%rdi)
    mov %rbp, 48(%rdi)
    mov %r8, 56(%rdi)
    mov %r9, 64(%rdi)
    mov %r10, 72(%rdi)
    mov %r11, 80(%rdi)
    mov %r12, 88(%rdi)
    mov %r13, 96(%rdi)
    mov %r14, 104(%rdi)
    mov %r15, 112(%rdi)
    xor %eax, %eax
restore:
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
