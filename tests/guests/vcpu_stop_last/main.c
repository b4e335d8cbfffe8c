// SPDX-License-Identifier: Apache-2.0
// The last vCPU stops.
//
// vCPU 0 stops while another runs: the domain goes on. When that one calls vcpu_stop too, nobody is
// left who could start another, and the domain ends as by shutdown with LINTEL_SHUTDOWN_HALT.
// Class: a domain that is nobody's and never ends.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"

static void last_one(void* unused)
{
    (void)unused;
    while (vcpu_state(0) != LINTEL_VCPU_STOPPED)
        vcpu_yield();
    spin_for(20000000); // it goes on
    print("vCPU 0 has stopped");
    about_to_die("the domain halts");
    vcpu_stop();
    survived();
}

void test(void)
{
    need_vcpus(2);
    vcpu_run(1, last_one, NULL);
    vcpu_stop();
    survived();
}
