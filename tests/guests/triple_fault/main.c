// SPDX-License-Identifier: Apache-2.0
// A triple fault.
//
// An exception without an IDT shuts a processor down. Of a guest it must be the end of the domain
// with the reason "triple fault", and of nothing else. Class: a guest's end that is more than the
// guest's.
#include "processor.h"
#include "result.h"

void test(void)
{
    about_to_die("triple fault");
    load_idt((void*)0, 0);
    asm volatile("ud2");
    survived();
}
