/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults as values, on every vCPU by itself. An excursion runs a function and tells how it ended:
 * by returning, or by a fault that no handler took, which ends it there and then.
 */
#ifndef RUNTIME_TRAP_H
#define RUNTIME_TRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vector {
    VECTOR_DE = 0,
    VECTOR_DB = 1,
    VECTOR_NMI = 2,
    VECTOR_UD = 6,
    VECTOR_DF = 8,
    VECTOR_NP = 11,
    VECTOR_SS = 12,
    VECTOR_GP = 13,
    VECTOR_PF = 14,
    VECTOR_AC = 17,
    NO_FAULT = 256
};

struct frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

struct fault {
    unsigned vector;              /* NO_FAULT: none */
    uint64_t error, rip, address; /* address: CR2, of a page fault */
};

typedef void (*excursion_function)(void* argument);

struct fault in_kernel(excursion_function function, void* argument);
struct fault in_user_mode(excursion_function function,
                          void* argument); /* no return value: use memory */
struct fault through_iret(uint64_t rip, uint64_t cs, uint64_t rflags, uint64_t rsp, uint64_t ss);

/*
 * A handler for one vector on all vCPUs, called with interrupts off on the interrupted stack. It
 * may change the frame. True: go on there. False: end the excursion, as if there were no handler.
 */
typedef bool (*trap_handler)(struct frame* frame);
void on_vector(unsigned vector, trap_handler handler);

/* This vCPU's stack for gates whose `stack` is `index` (1..7; 1 is the double fault's). */
void set_interrupt_stack(unsigned index, uint64_t top);

/* For the runtime: the IDT and the handlers as they are at first; then for each vCPU. */
void fill_idt(void);
void load_traps(unsigned vcpu);

/* The IDT itself, for tests that bend it. Gates have 16 bytes. */
struct gate {
    uint16_t offset_low, selector;
    uint8_t stack, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};
extern struct gate idt[256];

#endif
