// SPDX-License-Identifier: Apache-2.0
// A page that another vCPU keeps touching while it is released.
//
// vCPU 1 reads, or reads and writes, or executes the page in a tight loop on another processor,
// with its translation at hand; vCPU 0 gives it back. vCPU 1 must not see anything but what it
// knows, and its next access must be the end of the domain, not a look at a frame that is somebody
// else's. Then nothing may happen behind the call's return: vCPU 0 waits for the end. Class:
// XSA-286, XSA-328 (a missing flush on another processor).
#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "start_info.h"

#define KNOWN 0x6b6e6f776e6b6e6full

static volatile uint64_t* word;
static uint64_t area;
static volatile uint32_t rounds, released, rounds_after;

static void seen(uint64_t value)
{
    if (value != KNOWN)
        failure("vCPU 1 sees %lx", value);
    if (released != 0)
        ++rounds_after;
    ++rounds;
}

__attribute__((unused)) static void read(void* unused)
{
    (void)unused;
    interrupts_on(); // the two others have them off, which is no excuse
    for (;;)
        seen(*word);
}
__attribute__((unused)) static void write(void* unused)
{
    (void)unused;
    for (;;) {
        *word = KNOWN;
        seen(*word);
    }
}
__attribute__((unused)) static void execute(void* unused)
{
    uint64_t (*const code)(void) = (uint64_t(*)(void))area;
    (void)unused;
    for (;;)
        seen(code());
}

void test(void)
{
    static const uint8_t code[] = {0x48, 0xb8}; // MOV RAX, then RET behind the word
    need_vcpus(2);
    area = spare_ram(LARGE_PAGE) + 7 * SMALL_PAGE;
    ((uint8_t*)area)[0] = code[0];
    ((uint8_t*)area)[1] = code[1];
    word = (volatile uint64_t*)(area + 2);
    *word = KNOWN;
    ((uint8_t*)area)[10] = 0xc3;
    about_to_die("access to guest-physical memory it does not have");
    vcpu_run(1, VARIANT, NULL);
    wait_for(&rounds, 1000);
    const int64_t result = memory_release(area, 1);
    released = 1;
    if (result != 1)
        failure("memory_release gives %ld", result);
    spin_for(100000000);
    print("%u rounds after the release", rounds_after);
    survived();
}
