// SPDX-License-Identifier: Apache-2.0
// Calls that do one thing to each element of an array in the caller's RAM. Contract:
// docs/abi/grants.md, "Batches".
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include <lintel/grant.h>

#include "domain/guest_memory.hpp"
#include "hypercall/arguments.hpp"

namespace lintel {

// The array that a call names by (gpa, count, flags), as much of it as one call does. It is looked
// up once, for all elements: it stays where it is, also if another vCPU gives it back meanwhile.
template <typename Room>
struct Elements {
    Room room;
    std::uint64_t count;
};

template <typename Element, typename Caller>
auto elements_named(Caller& caller, const HypercallArguments& in)
    -> Result<Elements<std::remove_cvref_t<decltype(caller.memory().room(0, 0).take())>>>
{
    const auto [address, count, flags, unused, unused2] = in;
    TRY(no_flags(flags));
    if (address % 8 != 0 || count == 0)
        return Error::bad_argument;
    const std::uint64_t most = LINTEL_GRANT_BATCH, some = count < most ? count : most;
    static_assert(LINTEL_GRANT_BATCH * sizeof(Element) <= GuestRoom::most);
    auto room = TRY(caller.memory().room(address, some * sizeof(Element)));
    return Elements<decltype(room)>{std::move(room), some};
}

// Reads each element once, lets `act(element)` do it, and stores it from its byte `answer` on.
// `act` says whether to go on; it shoots nothing down. Answers how many are done.
template <typename Element, std::size_t answer, typename Room, typename Act>
std::uint64_t each_element(Elements<Room>& elements, Act act)
{
    std::uint64_t done = 0;
    for (bool more = true; more && done < elements.count; ++done) {
        Element element;
        const auto bytes = std::as_writable_bytes(std::span{&element, 1});
        elements.room.load(bytes, done * sizeof(Element));
        more = act(element);
        elements.room.store(bytes.subspan(answer), done * sizeof(Element) + answer);
    }
    return done;
}

} // namespace lintel
