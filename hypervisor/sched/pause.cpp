// SPDX-License-Identifier: Apache-2.0
// The state is changed first; then each vCPU is looked at under its queue's lock, as for a note.
#include "sched/pause.hpp"

#include "domain/shootdown.hpp"
#include "domain/vcpu.hpp"
#include "sched/run_queue.hpp"

namespace lintel::sched {

namespace {

template <typename Act>
void for_each_vcpu(const Domain& domain, Act act)
{
    for (Vcpu* const vcpu : domain.targets.vcpus)
        if (vcpu != nullptr)
            act(*vcpu);
}

} // namespace

void pause(Domain& domain)
{
    domain.set_paused(true);
    for_each_vcpu(domain, hold);
    for_each_vcpu(domain, [&](const Vcpu& vcpu) {
        while (!domain.runs() && has_processor(vcpu)) {
            catch_up_served();
            lintel::pause();
        }
    });
}

void unpause(Domain& domain)
{
    if (domain.set_paused(false))
        for_each_vcpu(domain, [](Vcpu& vcpu) { vcpu.wake(); });
}

} // namespace lintel::sched
