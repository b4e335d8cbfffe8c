// SPDX-License-Identifier: Apache-2.0
// irq_bind, irq_eoi, msi_bind: interrupts of physical devices, for dom0. Contract:
// docs/abi/irqs.md.
#pragma once

#include <span>

#include <lintel/irq.h>

#include "cpu/redirection.hpp"
#include "domain/guest_memory.hpp"
#include "hypercall/arguments.hpp"
#include "hypercall/event.hpp"

namespace lintel {

template <typename Caller>
Result<std::uint64_t> hypercall_irq_bind(Caller& caller, const HypercallArguments& in)
{
    constexpr std::uint64_t known = LINTEL_IRQ_LEVEL | LINTEL_IRQ_LOW;
    if (!caller.privileged())
        return Error::not_permitted;
    const auto gsi = TRY(narrow(in[0], Error::not_found));
    const auto vcpu = TRY(narrow(in[1], Error::not_found));
    if ((in[2] & ~known) != 0)
        return Error::bad_argument;
    const Line line{gsi, (in[2] & LINTEL_IRQ_LEVEL) != 0 ? Trigger::level : Trigger::edge,
                    (in[2] & LINTEL_IRQ_LOW) != 0 ? Polarity::low : Polarity::high};
    const PortsGuard held{caller.domain()};
    return port_or_error(caller.bind_irq(line, vcpu));
}

template <typename Caller>
Result<std::uint64_t> hypercall_irq_eoi(Caller& caller, const HypercallArguments& in)
{
    if (!caller.privileged())
        return Error::not_permitted;
    const auto port = TRY(narrow(in[0], Error::not_found));
    TRY(no_flags(in[1]));
    TRY(caller.end_irq(port));
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_msi_bind(Caller& caller, const HypercallArguments& in)
{
    if (!caller.privileged())
        return Error::not_permitted;
    const std::uint64_t address = in[0];
    const auto vcpu = TRY(narrow(in[1], Error::not_found));
    TRY(no_flags(in[2]));
    if (address % 8 != 0)
        return Error::bad_argument;
    auto room = TRY(caller.memory().room(address, sizeof(lintel_msi))); // it may cross a page
    lintel_msi message{};
    const PortsGuard held{caller.domain()};
    const Port port = TRY(caller.bind_msi(vcpu, message));
    room.store(std::as_bytes(std::span{&message, 1}));
    return std::uint64_t{port};
}

} // namespace lintel
