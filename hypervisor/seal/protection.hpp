// SPDX-License-Identifier: Apache-2.0
// Which of its frames a domain may store to: changes of rights in its map. A large entry is split only where
// a part of it changes. `D` is a domain: `id`, `map`, `map_lock`, `frame_table()`.
#pragma once

#include "mm/ept.hpp"
#include "mm/frame_uses.hpp"
#include "mm/owner.hpp"
#include "seal/frame_kind.hpp"
#include "support/result.hpp"

namespace lintel::seal {

constexpr ept::Access access_for(FrameKind kind)
{
    switch (kind) {
    case FrameKind::plain:
    case FrameKind::kernel:
        return ept::Access::rwx;
    case FrameKind::text:
    case FrameKind::settling:
        return ept::Access::rx;
    case FrameKind::moving:
    case FrameKind::donated:
    case FrameKind::pt:
    case FrameKind::pd:
    case FrameKind::pdpt:
    case FrameKind::root:
        break;
    }
    return ept::Access::r;
}

// Whether all pages are the domain's RAM, and nobody else uses one. With the map's lock held. `at` is the
// page that is not, if one is not.
template <typename D>
Result<> check_own(D& domain, GfnRange range, Gfn& at)
{
    for (at = range.first; at < range.end(); at = at + 1) {
        const ept::Mapping found = domain.map.lookup(at);
        if (found.access == ept::Access::none ||
            domain.frame_table().owner(found.frame) != owner_of(domain.id))
            return Error::bad_address;
        if (in_use(domain.frame_table().of(found.frame)))
            return Error::busy;
    }
    return {};
}

// Gives pages these rights, where there are any; on no_memory a part has them. Giving the same pages others
// needs no memory. With the map's lock held; of what is taken away others know until a shootdown.
template <typename D>
Result<> set_access(D& domain, GfnRange range, ept::Access access)
{
    while (range.count != 0) {
        const ept::Mapping found = domain.map.lookup(range.first);
        const std::uint64_t span = frames(found.level);
        const std::uint64_t left = span - range.first.number % span;
        const std::uint64_t count = left < range.count ? left : range.count;
        if (found.access != ept::Access::none && found.access != access) {
            TRY(domain.map.map({range.first, count}, found.frame, access,
                               ept::MemoryType::write_back));
            if constexpr (debug_build) // they stay the domain's
                domain.frame_table().set_stale({found.frame, count}, false);
        }
        range = {range.first + count, range.count - count};
    }
    return {};
}

} // namespace lintel::seal
