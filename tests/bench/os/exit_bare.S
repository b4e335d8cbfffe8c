// SPDX-License-Identifier: Apache-2.0
// exit(0) and nothing else: no C library asks the processor what it is.
    .globl _start
_start:
    mov $60, %eax               // __NR_exit
    xor %edi, %edi
    syscall
    .section .note.GNU-stack, "", @progbits
