// SPDX-License-Identifier: Apache-2.0
// Ends of domains, and pauses. The state is a note for all vCPUs: those that run leave the guest, those
// that sleep are queued, and each CPU finds that they are to stop.
#include "domain/domain.hpp"

#include "cpu/log.hpp"
#include "domain/dom0.hpp"
#include "domain/vcpu.hpp"

namespace lintel {

namespace {

// dom0's own end is the machine's, and told on the console.
void tell_dom0(const Domain& domain)
{
    if (!domain.privileged)
        dom0().events.raise_virq(LINTEL_VIRQ_DOMAIN, 0);
}

} // namespace

void Domain::crash(std::string_view reason)
{
    {
        const Guard guard{end_lock};
        if (has_ended())
            return;
        crash_reason = reason;
        end(DomainState::crashed);
    }
    if (!privileged)
        log(LogLevel::warning, "domain {} was killed: {}", id.number, reason);
    tell_dom0(*this);
}

void Domain::shut_down(std::uint32_t reason)
{
    {
        const Guard guard{end_lock};
        if (has_ended())
            return;
        shutdown_reason = reason;
        end(DomainState::shut_down);
    }
    tell_dom0(*this);
}

void Domain::die()
{
    const Guard guard{end_lock};
    if (!is_dying())
        end(DomainState::dying);
}

bool Domain::set_paused(bool paused)
{
    const Guard guard{end_lock};
    const DomainState wanted = paused ? DomainState::paused : DomainState::running;
    if (has_ended() || state == wanted)
        return false;
    __atomic_store_n(&state, wanted, __ATOMIC_SEQ_CST);
    return true;
}

void Domain::end(DomainState how)
{
    ended_by = this_cpu().index;
    __atomic_store_n(&state, how, __ATOMIC_SEQ_CST);
    for (Vcpu* const vcpu : targets.vcpus)
        if (vcpu != nullptr)
            vcpu->wake();
}

} // namespace lintel
