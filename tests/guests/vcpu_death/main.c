// SPDX-License-Identifier: Apache-2.0
// A vCPU that takes the domain with it, whatever the others do.
//
// vCPU 1 ends in a triple fault while vCPU 0 sleeps with interrupts off, spins with interrupts off,
// or is in an endless row of hypercalls; and all of them call shutdown at the same moment. Each
// must be the end of the domain, once, for the reason of the first. Class: a domain that is half
// dead; two processors that each think that they end it.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"

#define VARIANT_OF(name) __attribute__((unused)) static void name(void)

static struct barrier barrier;

static void die(void* unused)
{
    (void)unused;
    spin_for(2000000);
    load_idt((void*)0, 0);
    asm volatile("ud2");
}
static void spin(void* unused)
{
    (void)unused;
    for (;;)
        ;
}

VARIANT_OF(asleep)
{
    vcpu_run(1, die, NULL);
    for (unsigned i = 0; i < 10; ++i)
        asm volatile("cli\n hlt");
}
VARIANT_OF(spinning)
{
    for (unsigned vcpu = 2; vcpu < vcpu_count(); ++vcpu)
        vcpu_run(vcpu, spin, NULL);
    vcpu_run(1, die, NULL);
    spin_for(4000000000);
}
VARIANT_OF(calling)
{
    vcpu_run(1, die, NULL);
    const uint64_t end = 1000000000;
    for (uint64_t i = 0; i < end; ++i)
        event_bind_ipi(0);
}

static void shut_down(void* unused)
{
    (void)unused;
    meet(&barrier, vcpu_count());
    shutdown(LINTEL_SHUTDOWN_CRASH);
    survived();
}
VARIANT_OF(all_at_once)
{
    others_run(shut_down, NULL);
    shut_down(NULL);
}

void test(void)
{
    need_vcpus(2);
    about_to_die("one vCPU is enough");
    VARIANT();
    survived();
}
