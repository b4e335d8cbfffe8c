// SPDX-License-Identifier: Apache-2.0
// Roots of a sealed domain that are withdrawn: no vCPU may use one any more. Each round asks all of
// them; domain/pinning.hpp is how one answers.
#pragma once

#include "domain/pinning.hpp"
#include "sched/run_queue.hpp"

namespace lintel {

// Every vCPU is to forget roots that leave: the others before they enter the guest again.
inline void ask_about_roots(Vcpu& caller)
{
    Domain& domain = *caller.domain;
    take_note(domain.sealed->root_in_use);
    __atomic_fetch_add(&domain.sealed->roots_round, 1u, __ATOMIC_SEQ_CST);
    vmcs::MachinePort port;
    forget_roots(caller, port);
    for (Vcpu* const vcpu : domain.targets.vcpus)
        if (vcpu != nullptr && vcpu != &caller)
            vcpu->wake();
}

enum class Roots {
    unused,
    in_use,
    unknown, // yet
};

// A vCPU without a processor forgets them before it has used one again; it may have left with one.
inline Roots look_at_roots(const Domain& domain, GfnRange leaving)
{
    const std::uint32_t round = __atomic_load_n(&domain.sealed->roots_round, __ATOMIC_SEQ_CST);
    for (const Vcpu* const vcpu : domain.targets.vcpus) {
        if (vcpu == nullptr || __atomic_load_n(&vcpu->roots_round, __ATOMIC_SEQ_CST) == round)
            continue;
        if (sched::has_processor(*vcpu))
            return Roots::unknown;
        if (vcpu->left_with && leaving.contains(*vcpu->left_with))
            return Roots::in_use;
    }
    return has_note(domain.sealed->root_in_use) ? Roots::in_use : Roots::unused;
}

} // namespace lintel
