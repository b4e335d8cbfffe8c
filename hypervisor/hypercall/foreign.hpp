// SPDX-License-Identifier: Apache-2.0
// foreign_map, foreign_unmap: other domains' RAM, for dom0, which builds and looks into them.
// Contract: docs/abi/grants.md.
#pragma once

#include "hypercall/grant.hpp"

namespace lintel {

template <typename Caller>
Result<std::uint64_t> hypercall_foreign_map(Caller& caller, const HypercallArguments& in)
{
    const auto [number, address, count, answer, flags] = in;
    if (!caller.privileged())
        return Error::not_permitted;
    if ((flags & ~std::uint64_t{LINTEL_GRANT_READONLY}) != 0 || address % page_size != 0 ||
        count == 0 || count > LINTEL_FOREIGN_FRAMES || answer % 8 != 0)
        return Error::bad_argument;
    auto& owner = *TRY(domain_named(caller, number));
    if (&owner == &caller.domain())
        return Error::not_permitted;
    auto room = TRY(caller.memory().room(answer, count * sizeof(std::uint64_t)));
    const auto tell = [&](std::uint64_t i, Gfn at) {
        const std::uint64_t machine_address = at.address();
        room.store(std::as_bytes(std::span{&machine_address, 1}), i * sizeof(machine_address));
    };
    return std::uint64_t{
        TRY(map_foreign(caller.domain(), owner, {Gfn::of(address), count},
                        (flags & LINTEL_GRANT_READONLY) == 0, peers(caller), tell))};
}

template <typename Caller>
Result<std::uint64_t> hypercall_foreign_unmap(Caller& caller, const HypercallArguments& in)
{
    if (!caller.privileged())
        return Error::not_permitted;
    return unmap_elements(caller, in, Mapping::Kind::foreign);
}

} // namespace lintel
