// SPDX-License-Identifier: Apache-2.0
// Every hypercall with boundary values in every argument.
//
// All combinations of numbers around zero, page sizes, 2^31, 2^32, 2^63 and ~0 go into the
// arguments of every call that would not end or block the domain by right. Each result must be
// zero, positive, or one of the statuses of docs/abi/hypercalls.md, and the calls' registers must
// be left alone. Afterwards binding, sending and the console work. Class: XSA-296 (arguments nobody
// expects), XSA-47, XSA-107, XSA-188 (calls before their set-up).
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "upcall.h"

static const uint64_t values[] = {0,
                                  1,
                                  7,
                                  31,
                                  255,
                                  4095,
                                  4096,
                                  0x7fffffff,
                                  0x80000000,
                                  0xffffffff,
                                  0x100000000,
                                  0xfffffffff000,
                                  0x7fffffffffffffff,
                                  0x8000000000000000,
                                  0xfffffffffffff000,
                                  ~0ull};
#define VALUES (sizeof values / sizeof values[0])

static const struct {
    const char* name;
    uint64_t arguments;
} calls[] = {
#define HYPERCALL(name, number, arguments) [number] = {#name, arguments},
#include <lintel/hypercalls.def>
#undef HYPERCALL
};

static bool is_status(int64_t result)
{
    static const int64_t statuses[] = {LINTEL_EPERM,  LINTEL_ENOENT, LINTEL_EAGAIN, LINTEL_ENOMEM,
                                       LINTEL_EFAULT, LINTEL_EBUSY,  LINTEL_EEXIST, LINTEL_EINVAL,
                                       LINTEL_ENOSPC, LINTEL_ENOSYS};
    for (unsigned i = 0; i < sizeof statuses / sizeof statuses[0]; ++i)
        if (result == statuses[i])
            return true;
    return result >= 0;
}

// What has the effect that its name says, which here is not wanted.
static bool works(uint64_t number, const uint64_t in[3])
{
    const uint64_t ram = 1ull << 30;
    switch (number) {
    case LINTEL_HC_shutdown:
        return in[1] == 0 && in[0] <= LINTEL_SHUTDOWN_HALT;
    case LINTEL_HC_vcpu_stop:
    case LINTEL_HC_vcpu_wait:
        return in[0] == 0;
    case LINTEL_HC_console_write: // prints what stands in low memory
        return in[2] == 0 && in[0] < ram && in[1] <= LINTEL_CONSOLE_BYTES;
    case LINTEL_HC_memory_release:
        return in[2] == 0 && in[0] < ram;
    default:
        return false;
    }
}

static bool ignore(struct frame* frame)
{
    (void)frame;
    return true;
}

void test(void)
{
    on_vector(VECTOR_NMI, ignore); // vcpu_nmi to itself
    for (uint64_t number = 0; number < sizeof calls / sizeof calls[0]; ++number)
        for (unsigned n = 0; n < VALUES * VALUES * VALUES; ++n) {
            const uint64_t in[3] = {values[n % VALUES], values[n / VALUES % VALUES],
                                    values[n / VALUES / VALUES]};
            if (works(number, in) || (n >= VALUES * VALUES && calls[number].arguments < 3))
                continue;
            const int64_t result = hypercall(number, in[0], in[1], in[2], ~0ull, ~0ull);
            if (!is_status(result))
                print("%s(%lx, %lx, %lx) gives %ld", calls[number].name, in[0], in[1], in[2],
                      result);
            expect(is_status(result));
        }
    for (uint64_t port = 1; port < LINTEL_EVENT_PORTS; ++port)
        event_close(port);
    timer_set(LINTEL_TIMER_NEVER);
    expect_equal(event_bind_ipi(0), 1);
    port_taken(1);
    upcall_start();
    wait_for_upcall(upcall_count(), 1000000); // one that is due still
    const uint64_t before = upcall_count();
    expect_equal(event_send(1), 0);
    expect(wait_for_upcall(before, 1000000));
    expect(port_taken(1));
}
