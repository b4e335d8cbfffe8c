// SPDX-License-Identifier: Apache-2.0
// What hypercalls do to the interrupts of devices.
#include "domain/irq_devices.hpp"
#include "hypercall/vcpu_caller.hpp"

namespace lintel {

namespace {

// Where interrupts for a vCPU go: to its CPU, so that no second interrupt has to carry the event
// there; or to the first one, if I/O APICs and messages cannot name that.
std::uint8_t apic_id_for(const Domain& domain, VcpuIndex vcpu)
{
    const std::uint32_t id = cpus()[domain.vcpu(vcpu)->cpu]->apic_id;
    return static_cast<std::uint8_t>(id <= most_destination ? id : cpus()[0]->apic_id);
}

} // namespace

Result<Port> VcpuCaller::bind_irq(const Line& line, VcpuIndex vcpu)
{
    if (vcpu_.domain->vcpu(vcpu) == nullptr)
        return Error::not_found;
    return lintel::bind_irq(*vcpu_.domain, line, vcpu, apic_id_for(*vcpu_.domain, vcpu));
}

Result<Port> VcpuCaller::bind_msi(VcpuIndex vcpu, lintel_msi& message)
{
    if (vcpu_.domain->vcpu(vcpu) == nullptr)
        return Error::not_found;
    return lintel::bind_msi(*vcpu_.domain, vcpu, apic_id_for(*vcpu_.domain, vcpu), message);
}

Result<> VcpuCaller::end_irq(Port port)
{
    return lintel::end_irq(*vcpu_.domain, port);
}

void VcpuCaller::release_irq(std::uint8_t vector)
{
    lintel::release_irq(vector);
}

} // namespace lintel
