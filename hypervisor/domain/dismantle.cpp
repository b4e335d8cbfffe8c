// SPDX-License-Identifier: Apache-2.0
// Frames go back to the allocator as they lie in the map: in large blocks, still to be erased.
#include "domain/dismantle.hpp"

#include <bit>

namespace lintel {

namespace {

constexpr std::uint64_t frames_at_once = 1ull << 13;

// The window's pages are no RAM of the domain's: they go with its state.
Result<> free_leaf(Domain& domain, MfnRange range)
{
    if (frames().owner(range.first) != owner_of(domain.id))
        return {};
    frames().free(range.first, static_cast<unsigned>(std::countr_zero(range.count)));
    const Guard guard{domain.map_lock};
    domain.count_ram(-range.count);
    return {};
}

} // namespace

Result<bool> dismantle_memory(Domain& domain)
{
    auto result = domain.map.dismantle(
        frames_at_once, [&](MfnRange range) { return free_leaf(domain, range); });
    domain.map.memory().release_retired();
    return result;
}

} // namespace lintel
