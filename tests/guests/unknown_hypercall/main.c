// SPDX-License-Identifier: Apache-2.0
// Numbers that no hypercall has.
//
// Every number outside of hypercalls.def must give LINTEL_ENOSYS, whatever the arguments. The upper
// half of RAX counts: 2^32 is not abi_revision. Class: a call table indexed without a check, or
// with half of the register.
#include "hypercall.h"
#include "result.h"
#include "window.h"

void test(void)
{
    static const uint64_t beyond[] = {64,
                                      65,
                                      255,
                                      256,
                                      1u << 31,
                                      1ull << 32,
                                      (1ull << 32) + 1,
                                      (1ull << 32) + 3,
                                      1ull << 63,
                                      ~0ull,
                                      (1ull << 63) + 3,
                                      0xffffffff};
    static const unsigned known[] = {
#define HYPERCALL(name, number, arguments) number,
#include <lintel/hypercalls.def>
#undef HYPERCALL
    };
    for (uint64_t number = 0; number < LINTEL_HC_NUMBERS; ++number) {
        bool exists = false;
        for (unsigned i = 0; i < sizeof known / sizeof known[0]; ++i)
            exists |= known[i] == number;
        if (!exists)
            expect_equal(hypercall(number, 0, 0, 0, 0, 0), LINTEL_ENOSYS);
    }
    for (unsigned i = 0; i < sizeof beyond / sizeof beyond[0]; ++i)
        expect_equal(hypercall(beyond[i], ~0ull, ~0ull, ~0ull, ~0ull, ~0ull), LINTEL_ENOSYS);
    expect_equal(abi_revision(), info->revision);
}
