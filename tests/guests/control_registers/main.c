// SPDX-License-Identifier: Apache-2.0
// CR0, CR3, CR4 and CR8.
//
// Reserved and withheld bits raise #GP; bits that the hypervisor keeps to itself (CD and NW, which
// would slow down the machine, NE, MCE) read back as written. A bit is refused just the same when
// it is written together with one that the hypervisor handles, so that nothing reaches the VM-entry
// checks. That CD and NW have no effect cannot be seen from here. Class: VM-entry checks on CR0 and
// CR4 (XSA-308 is of their kind); cache control by a guest (XSA-402).
#include "processor.h"
#include "result.h"
#include "trap.h"

#define CR0_NE (1ull << 5)
#define CR0_NW (1ull << 29)
#define CR0_CD (1ull << 30)
#define CR0_PG (1ull << 31)
#define CR4_PAE (1ull << 5)
#define CR4_MCE (1ull << 6)
#define CR4_PCIDE (1ull << 17)

struct write {
    void (*to)(uint64_t value);
    uint64_t value;
};
static void perform(void* argument)
{
    const struct write* write = argument;
    write->to(write->value);
}
static unsigned vector_of(void (*to)(uint64_t), uint64_t value)
{
    struct write write = {to, value};
    return in_kernel(perform, &write).vector;
}

static void check_cr0(void)
{
    const uint64_t cr0 = read_cr0();
    for (unsigned bit = 32; bit < 64; ++bit)
        expect_equal(vector_of(write_cr0, cr0 | 1ull << bit), VECTOR_GP);
    expect_equal(vector_of(write_cr0, cr0 & ~1ull), VECTOR_GP);   // PG without PE
    expect_equal(vector_of(write_cr0, cr0 | CR0_NW), VECTOR_GP);  // NW without CD
    expect_equal(vector_of(write_cr0, cr0 & ~CR0_PG), VECTOR_GP); // in 64-bit code
    expect_equal(read_cr0(), cr0);
    const uint64_t shown[] = {CR0_CD, CR0_CD | CR0_NW, CR0_NE, 1ull << 1, 1ull << 18};
    for (unsigned i = 0; i < sizeof shown / sizeof shown[0]; ++i) {
        write_cr0(cr0 ^ shown[i]);
        expect_equal(read_cr0(), cr0 ^ shown[i]);
        write_cr0(cr0);
    }
    write_cr0(cr0 | 1u << 20); // reserved bits below 32 are ignored
    expect_equal(read_cr0(), cr0);
    write_cr0(cr0 | 1u << 20 | CR0_CD);
    expect_equal(read_cr0(), cr0 | CR0_CD);
    write_cr0(cr0 & ~(1ull << 4)); // ET is always set
    expect_equal(read_cr0(), cr0);

    const uint64_t ts = 8;
    asm volatile("lmsw %w0" : : "r"((uint16_t)(cr0 & 0xe) | ts)); // without PE, which stays
    expect_equal(read_cr0(), cr0 | ts);
    asm volatile("clts");
    expect_equal(read_cr0(), cr0);
}

// The processor's own verdict, then the hypervisor's, which sees the write because MCE changes.
static void check_cr4(void)
{
    const uint64_t cr4 = read_cr4();
    for (unsigned bit = 0; bit < 64; ++bit) {
        const uint64_t value = cr4 ^ 1ull << bit;
        if (bit == 6 || bit == 20 ||
            bit == 21) // SMEP and SMAP: the runtime's pages are all user pages
            continue;
        const unsigned alone = vector_of(write_cr4, value);
        expect_equal(read_cr4(), alone == NO_FAULT ? value : cr4);
        write_cr4(cr4);
        const unsigned with_mce = vector_of(write_cr4, value | CR4_MCE);
        expect_equal(read_cr4(), with_mce == NO_FAULT ? value | CR4_MCE : cr4);
        write_cr4(cr4);
        if (alone != with_mce)
            print("CR4 bit %u: vector %u alone, %u together with MCE", bit, alone, with_mce);
        expect_equal(alone, with_mce);
        const bool withheld = bit == 5 || (bit >= 12 && bit <= 15) || bit == 19 || bit >= 23;
        if (withheld && alone != VECTOR_GP)
            print("CR4 bit %u can be changed", bit);
        expect(!withheld || alone == VECTOR_GP);
    }
    write_cr3(read_cr3() | 0x18); // PCIDE needs a clear PCID
    expect_equal(vector_of(write_cr4, cr4 | CR4_PCIDE), VECTOR_GP);
    expect_equal(vector_of(write_cr4, cr4 | CR4_PCIDE | CR4_MCE), VECTOR_GP);
    write_cr3(read_cr3() & ~0xfffull);
    expect_equal(read_cr4(), cr4);
}

static void read_cr8_in_user(void* unused)
{
    (void)unused;
    (void)read_cr8();
}

void test(void)
{
    check_cr0();
    check_cr4();
    const uint64_t cr3 = read_cr3();
    expect_equal(vector_of(write_cr3, cr3 | 1ull << 62), VECTOR_GP);
    expect_equal(vector_of(write_cr3, cr3 | 1ull << 51), VECTOR_GP);
    expect_equal(read_cr3(), cr3);
    for (uint64_t value = 0; value < 16; ++value) {
        write_cr8(value);
        expect_equal(read_cr8(), value);
    }
    for (unsigned bit = 4; bit < 64; ++bit)
        expect_equal(vector_of(write_cr8, 1ull << bit), VECTOR_GP);
    expect_equal(read_cr8(), 15);
    expect_equal(in_user_mode(read_cr8_in_user, NULL).vector, VECTOR_GP);
}
