// SPDX-License-Identifier: Apache-2.0
// I/O ports of devices that the hypervisor keeps: both 8259, the 8254 and its gate, COM1, the
// emulator's port 0xe9.
//
// Reads give ones in every width, also where only one byte of the access is on such a port; writes
// go nowhere; each is counted. String instructions raise #GP. Every other port is dom0's: CMOS
// answers. Ring 3 is kept off by I/O privilege as always, and gains nothing with it. Class: device
// state of the hypervisor's that a guest reaches.
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "window.h"

static const struct {
    uint16_t first, last;
} kept[] = {{0x20, 0x21}, {0x40, 0x43},   {0x61, 0x61},  {0xa0, 0xa1},
            {0xe9, 0xe9}, {0x3f8, 0x3ff}, {0x4d0, 0x4d1}};

static void check_port(uint16_t port)
{
    const uint64_t before = stats->ports_refused;
    expect_equal(in8(port), 0xff);
    expect_equal(in16(port), 0xffff);
    expect_equal(in32(port), 0xffffffff);
    expect_equal(in16(port - 1), 0xffff);
    expect_equal(in32(port - 3), 0xffffffff);
    uint64_t rax = 0x1122334455667700;
    asm volatile("inb %%dx, %%al" : "+a"(rax) : "d"(port));
    expect_equal(rax, 0x11223344556677ff);
    asm volatile("inl %%dx, %%eax" : "+a"(rax) : "d"(port));
    expect_equal(rax, 0xffffffff);
    out8(port, 0x5a);
    out16(port, 0x5a5a);
    out32(port, 0x5a5a5a5a);
    expect_equal(stats->ports_refused - before, 10);
}

static char buffer[16] = "unchanged";
static void string_in(void* port)
{
    asm volatile("insb" : : "D"(buffer), "d"((uint16_t)(uintptr_t)port) : "memory");
}
static void string_out(void* port)
{
    const char* from = buffer;
    asm volatile("outsb" : "+S"(from) : "d"((uint16_t)(uintptr_t)port));
}
static void repeated_in(void* port)
{
    asm volatile("rep insl" : : "D"(buffer), "c"(4), "d"((uint16_t)(uintptr_t)port) : "memory");
}
static void plain_in(void* port)
{
    in8((uint16_t)(uintptr_t)port);
}

void test(void)
{
    for (unsigned i = 0; i < sizeof kept / sizeof kept[0]; ++i) {
        for (uint16_t port = kept[i].first; port <= kept[i].last; ++port)
            check_port(port);
        void* const port = (void*)(uintptr_t)kept[i].first;
        expect_equal(in_kernel(string_in, port).vector, VECTOR_GP);
        expect_equal(in_kernel(string_out, port).vector, VECTOR_GP);
        expect_equal(in_kernel(repeated_in, port).vector, VECTOR_GP);
        expect_equal(in_user_mode(plain_in, port).vector, VECTOR_GP);
    }
    expect_equal(buffer[0], 'u');

    const uint64_t before = stats->ports_refused;
    out8(0x70, 0x00); // seconds, BCD
    const uint8_t seconds = in8(0x71);
    expect(seconds <= 0x59 && (seconds & 15) <= 9);
    out8(0x70, 0x0d);
    expect_equal(in8(0x71) & 0x80, 0x80); // valid RAM and time
    expect_equal(stats->ports_refused, before);
}
