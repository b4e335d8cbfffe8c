/* SPDX-License-Identifier: Apache-2.0 */
/* What a fresh vCPU finds, as main.S stores it. */
#ifndef FRESH_H
#define FRESH_H

#define FRESH_GENERAL 14 /* RAX, RBX, RCX, RDX, RSI, RBP, R8 to R15 */
#define FRESH_MSRS 14

#define AT_RSP 112
#define AT_RDI 120
#define AT_RFLAGS 128
#define AT_CR 136
#define AT_DR 176
#define AT_SELECTORS 224
#define AT_TASK 248
#define AT_LOCAL 252
#define AT_TABLES 256
#define AT_MSRS 288
#define AT_XCR0 400
#define AT_MXCSR 408
#define AT_CONTROL_WORD 412
#define AT_VECTORS 416
#define AT_INDEX 424

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct fresh {
    uint64_t general[FRESH_GENERAL];
    uint64_t rsp, rdi, rflags;
    uint64_t cr0, cr2, cr3, cr4, cr8;
    uint64_t dr[4], dr6, dr7;
    uint32_t selectors[6]; /* CS, SS, DS, ES, FS, GS */
    uint32_t task, local;
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
        uint8_t unused[6];
    } tables[2]; /* GDT, IDT */
    uint64_t msrs[FRESH_MSRS];
    uint64_t xcr0;
    uint32_t mxcsr, control_word;
    uint64_t vectors; /* all of XMM0 to XMM15, or-ed together */
    uint64_t index;   /* that CPUID tells */
};
_Static_assert(offsetof(struct fresh, rsp) == AT_RSP, "");
_Static_assert(offsetof(struct fresh, cr0) == AT_CR, "");
_Static_assert(offsetof(struct fresh, dr) == AT_DR, "");
_Static_assert(offsetof(struct fresh, selectors) == AT_SELECTORS, "");
_Static_assert(offsetof(struct fresh, task) == AT_TASK, "");
_Static_assert(offsetof(struct fresh, tables) == AT_TABLES, "");
_Static_assert(offsetof(struct fresh, msrs) == AT_MSRS, "");
_Static_assert(offsetof(struct fresh, xcr0) == AT_XCR0, "");
_Static_assert(offsetof(struct fresh, control_word) == AT_CONTROL_WORD, "");
_Static_assert(offsetof(struct fresh, index) == AT_INDEX, "");
#endif

#endif
