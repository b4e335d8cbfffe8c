// SPDX-License-Identifier: Apache-2.0
// Counts of vCPUs by CPU. Two domains that are made at the same time may choose by the same counts,
// which does no harm.
#include "sched/placement.hpp"

#include <array>

#include "sched/time.hpp"

namespace lintel::sched {

namespace {

std::array<unsigned, cpu_limit> vcpus_on; // atomic

unsigned emptiest_cpu()
{
    unsigned best = 0;
    for (unsigned cpu = 1; cpu < cpus().size(); ++cpu)
        if (__atomic_load_n(&vcpus_on[cpu], __ATOMIC_RELAXED) <
            __atomic_load_n(&vcpus_on[best], __ATOMIC_RELAXED))
            best = cpu;
    return best;
}

} // namespace

void settle(Domain& domain)
{
    for (Vcpu* const vcpu : domain.targets.vcpus) {
        if (vcpu == nullptr)
            continue;
        vcpu->cpu = emptiest_cpu();
        __atomic_fetch_add(&vcpus_on[vcpu->cpu], 1u, __ATOMIC_RELAXED);
        publish_time(vcpu->time());
    }
}

void unsettle(const Domain& domain)
{
    for (const Vcpu* const vcpu : domain.targets.vcpus)
        if (vcpu != nullptr)
            __atomic_fetch_sub(&vcpus_on[vcpu->cpu], 1u, __ATOMIC_RELAXED);
}

} // namespace lintel::sched
