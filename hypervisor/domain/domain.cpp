// SPDX-License-Identifier: Apache-2.0
// Ends of domains.
#include "domain/domain.hpp"

#include "domain/vcpu.hpp"

namespace lintel {

void Domain::crash(std::string_view reason)
{
    const Guard guard{end_lock};
    if (runs()) {
        crash_reason = reason;
        end(DomainState::crashed);
    }
}

void Domain::shut_down(std::uint32_t reason)
{
    const Guard guard{end_lock};
    if (runs()) {
        shutdown_reason = reason;
        end(DomainState::shut_down);
    }
}

// The state is a note for all vCPUs: those that run leave the guest, those that sleep are queued, and
// each CPU finds that they are to stop.
void Domain::end(DomainState how)
{
    ended_by = this_cpu().index;
    __atomic_store_n(&state, how, __ATOMIC_SEQ_CST);
    for (Vcpu* const vcpu : targets.vcpus)
        if (vcpu != nullptr)
            vcpu->wake();
}

} // namespace lintel
