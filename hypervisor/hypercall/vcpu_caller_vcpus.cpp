// SPDX-License-Identifier: Apache-2.0
// What hypercalls do to the domain's other vCPUs.
#include <lintel/hypercall.h>

#include "cpu/cpuid.hpp"
#include "hypercall/vcpu_caller.hpp"
#include "sched/run_queue.hpp"

namespace lintel {

unsigned VcpuCaller::physical_bits()
{
    return physical_address_bits();
}

Result<> VcpuCaller::start_vcpu(std::uint32_t index, const lintel_vcpu_start& start)
{
    Domain& domain = *vcpu_.domain;
    Vcpu* const vcpu = domain.vcpu(index);
    if (vcpu == nullptr)
        return Error::not_found;
    if (domain.sealed != nullptr && !domain.sealed->may_start_at(Gfn::of(start.cr3)))
        return Error::not_permitted;
    const Guard guard{domain.vcpus_lock};
    if (sched::state_of(*vcpu) != RunState::stopped)
        return Error::busy;
    vcpu->begin_at({.long_mode = true, .rip = start.rip, .rsp = start.rsp, .cr3 = start.cr3});
    vcpu->registers.rdi = start.rdi;
    ++domain.started_vcpus;
    sched::start(*vcpu);
    return {};
}

// The last one takes the domain with it: nobody could start another.
void VcpuCaller::stop()
{
    Domain& domain = *vcpu_.domain;
    vcpu_.leave = Leave::stop;
    const Guard guard{domain.vcpus_lock};
    if (--domain.started_vcpus == 0)
        domain.shut_down(LINTEL_SHUTDOWN_HALT);
}

Result<std::uint32_t> VcpuCaller::vcpu_state(std::uint32_t index)
{
    const Vcpu* const vcpu = vcpu_.domain->vcpu(index);
    if (vcpu == nullptr)
        return Error::not_found;
    switch (sched::state_of(*vcpu)) {
    case RunState::stopped:
        return LINTEL_VCPU_STOPPED;
    case RunState::blocked:
        return LINTEL_VCPU_BLOCKED;
    case RunState::held:
    case RunState::runnable:
    case RunState::running:
        return LINTEL_VCPU_RUNNABLE;
    }
    __builtin_unreachable();
}

void VcpuCaller::yield_to(const Domain& receiver)
{
    if (sched::waits_alone(receiver))
        yield();
}

void VcpuCaller::wait()
{
    if (take_note(vcpu_.kicked))
        return;
    vcpu_.leave = Leave::wait;
}

Result<> VcpuCaller::kick(std::uint32_t index)
{
    Vcpu* const vcpu = vcpu_.domain->vcpu(index);
    if (vcpu == nullptr)
        return Error::not_found;
    set_note(vcpu->kicked);
    vcpu->wake_if_blocked();
    return {};
}

Result<> VcpuCaller::send_nmi(std::uint32_t index)
{
    Vcpu* const vcpu = vcpu_.domain->vcpu(index);
    if (vcpu == nullptr)
        return Error::not_found;
    set_note(vcpu->nmi_due);
    vcpu->wake();
    return {};
}

} // namespace lintel
