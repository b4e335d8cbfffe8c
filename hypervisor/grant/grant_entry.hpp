// SPDX-License-Identifier: Apache-2.0
// One entry of a grant table, as a value. Contract: docs/abi/grants.md.
#pragma once

#include <cstdint>

#include "lintel/grant.h"
#include "mm/frame.hpp"
#include "mm/owner.hpp"

namespace lintel {

class GrantEntry {
public:
    constexpr GrantEntry() = default; // grants nothing
    constexpr explicit GrantEntry(std::uint64_t raw) : raw_{raw} {}
    static constexpr GrantEntry of(Gfn page, DomainId peer, bool writable)
    {
        return GrantEntry{page.address() | std::uint64_t{peer.number} << LINTEL_GRANT_PEER_SHIFT |
                          LINTEL_GRANT_PRESENT | (writable ? LINTEL_GRANT_WRITABLE : 0)};
    }

    constexpr bool present() const { return (raw_ & LINTEL_GRANT_PRESENT) != 0; }
    constexpr Gfn page() const { return Gfn::of(raw_ & LINTEL_GRANT_ADDRESS); }
    // Whether `peer` may use the page, for writing too if it wants to. An entry with a bit that has
    // no meaning has none for anybody.
    constexpr bool permits(DomainId peer, bool writing) const
    {
        return present() && (raw_ & unknown) == 0 &&
               raw_ >> LINTEL_GRANT_PEER_SHIFT == peer.number &&
               (!writing || (raw_ & LINTEL_GRANT_WRITABLE) != 0);
    }
    constexpr std::uint64_t raw() const { return raw_; }

private:
    static constexpr std::uint64_t unknown =
        ((1ull << LINTEL_GRANT_PEER_SHIFT) - 1) &
        ~(LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE | LINTEL_GRANT_ADDRESS);
    std::uint64_t raw_ = 0;
};
static_assert(sizeof(GrantEntry) == 8 && !GrantEntry{}.permits({0}, false));
static_assert(GrantEntry::of({5}, {0xff7f}, true).raw() == 0xff7f'0000'0000'5003);
static_assert(GrantEntry::of({5}, {1}, false).permits({1}, false));
static_assert(!GrantEntry::of({5}, {1}, false).permits({1}, true));

} // namespace lintel
