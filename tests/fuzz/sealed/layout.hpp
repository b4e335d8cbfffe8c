// SPDX-License-Identifier: Apache-2.0
// The sealed domain that the random tests attack: little RAM with a bit of everything, and every table page
// among the first frames.
#pragma once

#include <array>
#include <cstdint>

#include "seal/commands.hpp"

namespace lintel::fuzz::sealed {

using seal::FrameKind;

inline constexpr std::uint64_t ram_frames = 1948; // its last 2 MiB are not whole
inline constexpr GfnRange shared{{4096}, 16};
inline constexpr GfnRange foreign{{1 << 18}, 2 << 18}; // room for leaves of 1 GiB
inline constexpr GfnRange pages{{16}, 16};             // that are tables, or may become some
inline constexpr seal::Paging paging{.physical_bits = 40, .gigabyte_leaves = true};
inline constexpr seal::MasterRoot master{{16}, true};
inline constexpr std::uint64_t window_entry = shared.first.address() | 0x27;

// At the seal. A pair of roots, one table of each level, pages to make more of, and some to donate.
constexpr FrameKind kind_at_seal(std::uint64_t frame)
{
    if (frame >= 16 && frame < 21)
        return std::array{FrameKind::root, FrameKind::root, FrameKind::pdpt, FrameKind::pd,
                          FrameKind::pt}[frame - 16];
    if (frame >= 21 && frame < 29)
        return FrameKind::donated;
    if ((frame >= 512 && frame < 1024) || (frame >= 300 && frame < 304))
        return FrameKind::text; // 2 MiB, and four pages
    if (frame >= 304 && frame < 312)
        return FrameKind::kernel;
    return FrameKind::plain;
}

using Page = std::array<std::uint64_t, seal::table_entries>;
using Pages = std::array<Page, pages.count>;

inline Pages pages_at_seal()
{
    Pages all{};
    all[0][509] = all[1][509] = window_entry;
    all[0][511] = Gfn{18}.address() | 0x27;     // root -> pdpt -> pd -> pt -> text
    all[2][511] = Gfn{19}.address() | 0x27;
    all[3][511] = Gfn{20}.address() | 0x27;
    all[4][0] = Gfn{300}.address() | 0x21;
    for (std::size_t page = 5; page < all.size(); ++page)
        all[page].fill(0xdead'beef'0000'0003 + page); // what was there before
    return all;
}
inline const Pages first_pages = pages_at_seal();

// The store of a record, also filled only once: that would take most of the time of a run.
struct Store {
    std::array<FrameKind, ram_frames> kinds{};
    std::array<seal::Summary, 4> large{};
    std::array<seal::Summary, 1> huge{};

    seal::FrameRecord record() { return {{kinds, large, huge}, shared, foreign}; }
};
inline Store store_at_seal()
{
    Store store;
    seal::FrameRecord record = store.record();
    for (std::uint64_t frame = 0; frame < ram_frames; ++frame)
        record.set({frame}, kind_at_seal(frame));
    return store;
}
inline const Store first_store = store_at_seal();

} // namespace lintel::fuzz::sealed
