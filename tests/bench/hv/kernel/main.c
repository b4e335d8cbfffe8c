// SPDX-License-Identifier: Apache-2.0
// Measures the mechanisms of the hypervisor in ticks. The command line says `cpus=1` or `cpus=2`:
// with one, both vCPUs share it; with two, each has its own.
#include "bench.h"

#include "result.h"
#include "smp.h"
#include "start_info.h"

static bool one_cpu(void)
{
    const char* line = (const char*)start_info()->command_line;
    const char wanted[] = "cpus=1";
    for (; *line != '\0'; ++line) {
        unsigned same = 0;
        while (wanted[same] != '\0' && line[same] == wanted[same])
            ++same;
        if (wanted[same] == '\0')
            return true;
    }
    return false;
}

void test(void)
{
    need_vcpus(2);
    take_arrivals();
    await_erased_memory();
    if (one_cpu()) {
        measure_alone();
        measure_same_cpu();
        measure_memory(false);
        measure_sealed();
    } else {
        measure_other_cpu();
        measure_memory(true);
    }
}
