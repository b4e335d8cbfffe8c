// SPDX-License-Identifier: Apache-2.0
// The policy: which rights a leaf may give to what it maps. For single frames also as bits of the entry,
// which is quicker; that both are the same is proved below. Why it is so: docs/design/sealed.md#policy.
#pragma once

#include <array>

#include "seal/command.hpp"
#include "seal/frame_record.hpp"
#include "seal/table_entry.hpp"

namespace lintel::seal {

constexpr bool permits(Content content, TableEntry leaf)
{
    const bool written = leaf.writable() && content.fixed;
    const bool reached = leaf.user() && content.supervisor;
    const bool executed = !leaf.user() && leaf.executable() && content.other;
    return !written && !reached && !executed;
}

// Bits of an entry each of which is too much for a frame that is not plain; NX, inverted, is the right to
// execute.
inline constexpr auto denied_rights = [] {
    std::array<std::uint64_t, frame_kinds> denied{};
    for (unsigned kind = 0; kind < frame_kinds; ++kind) {
        const Content content = content_of(static_cast<FrameKind>(kind));
        denied[kind] = TableEntry::user_bit | (content.fixed ? TableEntry::writable_bit : 0) |
                       (content.other ? TableEntry::no_execute_bit : 0);
    }
    return denied;
}();

constexpr bool permits_page(FrameKind kind, TableEntry leaf)
{
    if (kind == FrameKind::plain)
        return leaf.user() || !leaf.executable();
    return ((leaf.raw() ^ TableEntry::no_execute_bit) &
            denied_rights[static_cast<std::size_t>(kind)]) == 0;
}

static_assert([] {
    for (unsigned kind = 0; kind < frame_kinds; ++kind)
        for (unsigned rights = 0; rights < 8; ++rights) {
            const TableEntry leaf{TableEntry::present_bit |
                                  ((rights & 1) != 0 ? TableEntry::writable_bit : 0) |
                                  ((rights & 2) != 0 ? TableEntry::user_bit : 0) |
                                  ((rights & 4) != 0 ? TableEntry::no_execute_bit : 0)};
            const auto frame = static_cast<FrameKind>(kind);
            if (permits_page(frame, leaf) != permits(content_of(frame), leaf))
                return false;
        }
    return true;
}());

// Whether the change leaves every entry good that is good in a table of 4 KiB pages: all become absent, or
// none gains a right or another frame, nor loses A, nor D but with W. U is no right alone: without it an
// executable page would be the supervisor's.
constexpr bool only_takes_rights(Change change)
{
    using E = TableEntry;
    const std::uint64_t lost = ~change.keep & ~change.set;
    if ((lost & E::present_bit) != 0)
        return true;
    const std::uint64_t with_writable = (lost & E::writable_bit) != 0 ? E::dirty_bit : 0;
    const std::uint64_t may_go = E::no_matter_bits | E::writable_bit | with_writable;
    const std::uint64_t may_come = E::no_matter_bits | E::accessed_bit | E::dirty_bit | E::no_execute_bit;
    return (lost & ~may_go) == 0 && (change.set & ~may_come) == 0;
}

// Likewise, but for the right to write, which it may give: good are then those whose frame takes it and that
// have D.
constexpr bool gives_no_right_but_to_write(Change change)
{
    using E = TableEntry;
    return only_takes_rights({change.keep | E::writable_bit, change.set & ~E::writable_bit});
}

} // namespace lintel::seal
