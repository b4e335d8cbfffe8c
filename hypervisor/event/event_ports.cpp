// SPDX-License-Identifier: Apache-2.0
// Event channel port table. Ports are looked for in order: binding is rare, delivery is not.
#include "event/event_ports.hpp"

#include "support/assert.hpp"

namespace lintel {

EventPorts::EventPorts(std::span<PortState> storage, std::uint32_t vcpus)
    : ports_{storage}, vcpus_{vcpus}
{
    assert(storage.size() > 1 && storage.size() <= LINTEL_EVENT_PORTS);
    assert(vcpus > 0 && vcpus <= LINTEL_EVENT_VCPUS);
}

Result<Port> EventPorts::place_virq(std::uint32_t virq, VcpuIndex vcpu) const
{
    if (virq >= LINTEL_VIRQS)
        return Error::bad_argument;
    if (vcpu >= vcpus_)
        return Error::not_found;
    if (virq != LINTEL_VIRQ_TIMER && vcpu != 0) // the others are the domain's, not a vCPU's
        return Error::bad_argument;
    if (virq_port(virq, vcpu) != 0)
        return Error::exists;
    return lowest_free();
}

Result<Port> EventPorts::place(VcpuIndex vcpu) const
{
    if (vcpu >= vcpus_)
        return Error::not_found;
    return lowest_free();
}

void EventPorts::bind(Port port, PortState state)
{
    assert(port > 0 && port < ports_.size());
    assert(ports_[port].load().kind() == PortState::Kind::free);
    ports_[port].store(state);
    if (state.kind() == PortState::Kind::virq)
        __atomic_store_n(&virq_ports_[state.virq()][state.vcpu()], static_cast<std::uint16_t>(port),
                         __ATOMIC_SEQ_CST);
}

void EventPorts::pair(Port port, PortState state)
{
    assert(ports_[port].load().has_peer() && state.has_peer());
    assert(ports_[port].load().peer() == state.peer());
    ports_[port].store(state);
}

Result<PortState> EventPorts::close(Port port)
{
    const auto state = TRY(find(port));
    if (state.kind() == PortState::Kind::virq)
        __atomic_store_n(&virq_ports_[state.virq()][state.vcpu()], std::uint16_t{0},
                         __ATOMIC_SEQ_CST);
    ports_[port].store(PortState{});
    return state;
}

Result<> EventPorts::move(Port port, VcpuIndex vcpu)
{
    const auto state = TRY(find(port));
    if (state.kind() == PortState::Kind::virq)
        return Error::bad_argument;
    if (vcpu >= vcpus_)
        return Error::not_found;
    ports_[port].store(state.moved_to(vcpu));
    return {};
}

Result<PortState> EventPorts::find(Port port) const
{
    if (port == 0 || port >= ports_.size())
        return Error::not_found;
    const auto state = ports_[port].load();
    if (state.kind() == PortState::Kind::free)
        return Error::not_found;
    return state;
}

std::uint32_t EventPorts::bound() const
{
    std::uint32_t count = 0;
    for (const PortState& port : ports_)
        count += port.load().kind() != PortState::Kind::free ? 1 : 0;
    return count;
}

Port EventPorts::virq_port(std::uint32_t virq, VcpuIndex vcpu) const
{
    assert(virq < LINTEL_VIRQS && vcpu < vcpus_);
    return __atomic_load_n(&virq_ports_[virq][vcpu], __ATOMIC_SEQ_CST);
}

Result<Port> EventPorts::lowest_free() const
{
    for (Port port = 1; port < ports_.size(); ++port)
        if (ports_[port].load().kind() == PortState::Kind::free)
            return port;
    return Error::limit_reached;
}

} // namespace lintel
