// SPDX-License-Identifier: Apache-2.0
// What a frame of a sealed domain is to the seal. Why there are these: docs/design/sealed.md.
#pragma once

#include <cstdint>

#include "mm/ept_entry.hpp"

namespace lintel::seal {

// The guest's tables have the levels that EPT's have, and span as much.
using ept::Level;
using ept::below;
using ept::frames;

inline constexpr unsigned table_entries = 512;

enum class FrameKind : std::uint8_t {
    plain,   // anything: never executed by the supervisor
    kernel,  // the supervisor's data: no user reaches it
    text,    // what the supervisor executes: never written, no user reaches it
    settling, // on its way to or from text: neither written nor executed
    moving,  // on its way to or from the table pages: not yet, or no longer, safe from stores
    donated, // a table page that has no level yet
    // Table pages, in the order of Level. They keep their level until they are withdrawn.
    pt,
    pd,
    pdpt,
    root,
};
inline constexpr unsigned frame_kinds = static_cast<unsigned>(FrameKind::root) + 1;

constexpr FrameKind table_of(Level level)
{
    return static_cast<FrameKind>(static_cast<unsigned>(FrameKind::pt) +
                                  static_cast<unsigned>(level));
}
constexpr bool is_table(FrameKind kind)
{
    return kind >= FrameKind::pt;
}
// Of a table.
constexpr Level level_of(FrameKind kind)
{
    assert(is_table(kind));
    return static_cast<Level>(static_cast<unsigned>(kind) - static_cast<unsigned>(FrameKind::pt));
}
constexpr bool is_supervisor(FrameKind kind)
{
    return kind != FrameKind::plain;
}
// Not written by a mapping, that is: tables may be mapped writable, and EPT keeps them.
constexpr bool is_fixed(FrameKind kind)
{
    return kind == FrameKind::text || kind == FrameKind::settling;
}

static_assert(table_of(Level::pt) == FrameKind::pt && table_of(Level::pml4) == FrameKind::root);
static_assert(level_of(FrameKind::pdpt) == Level::pdpt && !is_table(FrameKind::donated));

} // namespace lintel::seal
