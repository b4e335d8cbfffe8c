// SPDX-License-Identifier: Apache-2.0
// How frames become what they are: by declaration before the seal, by donation after it. `D` as for
// seal/sealing.hpp.
#pragma once

#include <lintel/seal.h>

#include "seal/protection.hpp"
#include "seal/commands.hpp"

namespace lintel::seal {

// Of LINTEL_FRAME_*.
constexpr FrameKind kind_of(std::uint32_t declared)
{
    constexpr FrameKind kinds[] = {FrameKind::plain, FrameKind::kernel, FrameKind::text, FrameKind::pt,
                                   FrameKind::pd,    FrameKind::pdpt,   FrameKind::root};
    assert(declared < sizeof kinds);
    return kinds[declared];
}
static_assert(kind_of(LINTEL_FRAME_PLAIN) == FrameKind::plain &&
              kind_of(LINTEL_FRAME_TEXT) == FrameKind::text &&
              kind_of(LINTEL_FRAME_ROOT) == FrameKind::root);

// Before the seal: nothing depends on it yet. Takes the lock.
inline Result<> declare(Tables& tables, GfnRange range, std::uint32_t declared)
{
    const Guard guard{tables.lock};
    if (!tables.record.has(range))
        return Error::bad_address;
    for (Gfn at = range.first; at < range.end(); at = at + 1)
        tables.record.set(at, kind_of(declared));
    return {};
}

// Stores the lowest `bytes` bytes of `value` into text, all within 8 aligned ones. Takes the lock.
template <TableMemory Memory>
Result<> write_text(Tables& tables, Memory& memory, std::uint64_t address, std::uint64_t value,
                    unsigned bytes)
{
    const unsigned offset = address % 8;
    assert(bytes >= 1 && offset + bytes <= 8);
    const Guard guard{tables.lock};
    if (tables.record.at(Gfn::of(address)) != FrameKind::text)
        return Error::bad_address;
    std::uint64_t& word = memory.entries(Gfn::of(address))[address % page_size / 8];
    const std::uint64_t mask = (bytes == 8 ? 0 : 1ull << 8 * bytes) - 1;
    const std::uint64_t kept = __atomic_load_n(&word, __ATOMIC_RELAXED) & ~(mask << 8 * offset);
    __atomic_store_n(&word, kept | (value & mask) << 8 * offset, __ATOMIC_RELEASE);
    return {};
}

// Plain frames become table pages without a level: all of them, or none. While they are `moving` they can
// neither be lent nor leave, so that what the map's lock was held to look at stays. Waits for other CPUs.
template <typename D>
Result<std::uint64_t> donate(D& domain, Tables& tables, GfnRange range)
{
    TRY(tables.move(range, FrameKind::plain, FrameKind::moving));
    const auto protect = [&]() -> Result<> {
        const Guard guard{domain.map_lock};
        Gfn at;
        TRY(check_own(domain, range, at));
        const auto done = set_access(domain, range, ept::Access::r);
        if (!done.ok())
            set_access(domain, range, ept::Access::rwx).take(); // what was split stays so
        return done;
    };
    const auto done = protect();
    if (!done.ok()) {
        tables.move(range, FrameKind::moving, FrameKind::plain).take(); // they are this call's
        return done.error();
    }
    shoot_down(domain);
    tables.move(range, FrameKind::moving, FrameKind::donated).take();
    return range.count;
}

} // namespace lintel::seal
