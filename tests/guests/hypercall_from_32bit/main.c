// SPDX-License-Identifier: Apache-2.0
// Hypercalls from 32-bit code.
//
// The ABI is for 64-bit code of ring 0. In compatibility mode the same instruction with the same
// numbers, from ring 0 and from ring 3, must give LINTEL_EPERM and change nothing: half of the
// argument registers do not exist there. Class: XSA-454 and every call from a mode it was not made
// for (XSA-111).
#include "hypercall.h"
#include "result.h"
#include "selectors.h"
#include "trap.h"

uint32_t number_32, result_32; // shared with main.S
void call_from_ring0(void);
void call_from_ring3(void);

void test(void)
{
    static char stack[4096] __attribute__((aligned(16)));
    for (number_32 = 0; number_32 <= LINTEL_HC_NUMBERS; ++number_32) {
        result_32 = 0;
        call_from_ring0();
        expect_equal((int32_t)result_32, LINTEL_EPERM);
        result_32 = 0;
        const struct fault end = through_iret((uintptr_t)call_from_ring3, USER_CODE_32, 2,
                                              (uintptr_t)(stack + sizeof stack), USER_DATA);
        expect_equal(end.vector, NO_FAULT);
        expect_equal((int32_t)result_32, LINTEL_EPERM);
    }
    expect_equal(event_bind_ipi(0), 1);
}
