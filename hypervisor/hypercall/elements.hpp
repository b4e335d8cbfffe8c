// SPDX-License-Identifier: Apache-2.0
// Calls that do one thing to each element of an array in the caller's RAM. Contract:
// docs/abi/grants.md, "Batches".
#pragma once

#include <cstddef>
#include <span>

#include <lintel/grant.h>

#include "hypercall/arguments.hpp"

namespace lintel {

// The array that a call names by (gpa, count, flags), as much of it as one call does.
struct Elements {
    std::uint64_t address;
    std::uint64_t count;
};

template <typename Element, typename Caller>
Result<Elements> elements_named(Caller& caller, const HypercallArguments& in)
{
    const auto [address, count, flags, unused, unused2] = in;
    TRY(no_flags(flags));
    if (address % 8 != 0 || count == 0)
        return Error::bad_argument;
    const std::uint64_t most = LINTEL_GRANT_BATCH;
    const Elements elements{address, count < most ? count : most};
    TRY(caller.memory().check(address, elements.count * sizeof(Element)));
    return elements;
}

// Reads each element once, lets `act(element)` do it, and stores it from its byte `answer` on.
// `act` says whether to go on; it shoots nothing down. Answers how many are done: fewer, if another
// vCPU gives the array's memory back meanwhile.
template <typename Element, typename Caller, typename Act>
Result<std::uint64_t> each_element(Caller& caller, Elements elements, std::size_t answer, Act act)
{
    std::uint64_t done = 0;
    for (bool more = true; more && done < elements.count; ++done) {
        const std::uint64_t address = elements.address + done * sizeof(Element);
        Element element;
        const auto bytes = std::as_writable_bytes(std::span{&element, 1});
        auto room = caller.memory().room(address + answer, sizeof(Element) - answer);
        if (!room.ok() || !caller.memory().read(address, bytes).ok())
            break;
        more = act(element);
        room.value().store(bytes.subspan(answer));
    }
    if (done == 0)
        return Error::bad_address;
    return done;
}

} // namespace lintel
