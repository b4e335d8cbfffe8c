// SPDX-License-Identifier: Apache-2.0
// vcpu_start, vcpu_stop, vcpu_state, vcpu_yield, vcpu_wait, vcpu_kick, vcpu_nmi: the domain's other
// virtual processors. Contract: docs/abi/vcpus.md.
#pragma once

#include <span>

#include <lintel/vcpu.h>

#include "cpu/registers.hpp"
#include "hypercall/arguments.hpp"
#include "mm/frame.hpp"

namespace lintel {

// Whether VM entry takes these values as they are. Intel SDM Vol. 3, "Checks on the Guest State Area".
constexpr bool valid_start(const lintel_vcpu_start& start, unsigned physical_bits)
{
    std::uint64_t reserved = 0;
    for (const std::uint64_t word : start.reserved)
        reserved |= word;
    return canonical(start.rip) && canonical(start.rsp) && start.cr3 % page_size == 0 &&
           start.cr3 >> physical_bits == 0 && reserved == 0;
}

template <typename Caller>
Result<std::uint64_t> hypercall_vcpu_start(Caller& caller, const HypercallArguments& in)
{
    const auto vcpu = TRY(narrow(in[0], Error::not_found));
    const std::uint64_t address = in[1];
    TRY(no_flags(in[2]));
    if (address % 8 != 0)
        return Error::bad_argument;
    lintel_vcpu_start start; // read once: what is checked is what is used
    TRY(caller.memory().read(address, std::as_writable_bytes(std::span{&start, 1})));
    if (!valid_start(start, caller.physical_bits()))
        return Error::bad_argument;
    TRY(caller.start_vcpu(vcpu, start));
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_vcpu_stop(Caller& caller, const HypercallArguments& in)
{
    TRY(no_flags(in[0]));
    caller.stop();
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_vcpu_state(Caller& caller, const HypercallArguments& in)
{
    const auto vcpu = TRY(narrow(in[0], Error::not_found));
    TRY(no_flags(in[1]));
    return std::uint64_t{TRY(caller.vcpu_state(vcpu))};
}

template <typename Caller>
Result<std::uint64_t> hypercall_vcpu_yield(Caller& caller, const HypercallArguments& in)
{
    TRY(no_flags(in[0]));
    caller.yield();
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_vcpu_wait(Caller& caller, const HypercallArguments& in)
{
    TRY(no_flags(in[0]));
    caller.wait();
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_vcpu_kick(Caller& caller, const HypercallArguments& in)
{
    const auto vcpu = TRY(narrow(in[0], Error::not_found));
    TRY(no_flags(in[1]));
    TRY(caller.kick(vcpu));
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_vcpu_nmi(Caller& caller, const HypercallArguments& in)
{
    const auto vcpu = TRY(narrow(in[0], Error::not_found));
    TRY(no_flags(in[1]));
    TRY(caller.send_nmi(vcpu));
    return std::uint64_t{0};
}

} // namespace lintel
