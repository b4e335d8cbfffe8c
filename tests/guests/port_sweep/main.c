// SPDX-License-Identifier: Apache-2.0
// Every I/O port there is.
//
// A byte is read from each of 65536 ports. Just those of the devices that the hypervisor keeps are
// refused and counted; all others answer without an exit, and none stops the machine. An access
// that runs over the last port leaves the guest whatever the bitmap says, and is refused. Class: a
// port that a table forgot, or that it has too much.
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "window.h"

static uint8_t kept[65536 / 8];

static void keep(uint32_t first, uint32_t last)
{
    for (uint32_t port = first; port <= last; ++port)
        kept[port / 8] |= (uint8_t)(1u << port % 8);
}

static void wide_read(void* port)
{
    in32((uint16_t)(uintptr_t)port);
}

void test(void)
{
    unsigned complaints = 0;
    keep(0x20, 0x21);
    keep(0xa0, 0xa1);
    keep(0x4d0, 0x4d1);
    keep(0x40, 0x43);
    keep(0x61, 0x61);
    keep(0x3f8, 0x3ff);
    keep(0xe9, 0xe9);
    for (uint32_t port = 0; port < 65536; ++port) {
        const uint64_t before = stats->ports_refused;
        const uint8_t value = in8((uint16_t)port);
        const bool refused = stats->ports_refused != before;
        const bool wanted = (kept[port / 8] >> port % 8 & 1) != 0;
        if ((refused != wanted || (refused && value != 0xff)) && ++complaints < 20)
            print("port %x: refused %d, reads %x", port, refused, value);
    }
    expect_equal(complaints, 0);
    const uint64_t before = stats->ports_refused;
    for (uintptr_t port = 0xfffd; port <= 0xffff; ++port)
        expect_equal(in_kernel(wide_read, (void*)port).vector, NO_FAULT);
    expect_equal(in32(0xfffe), 0xffffffff);
    out32(0xffff, 0);
    expect_equal(stats->ports_refused - before, 5);
}
