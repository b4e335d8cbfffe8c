// SPDX-License-Identifier: Apache-2.0
// One EPT paging-structure entry, as a value. Layout: Intel SDM Vol. 3, "The Extended Page Table
// Mechanism (EPT)", tables "Format of an EPT ... Entry". No memory access, no allocation.
#pragma once

#include <cstdint>

#include "mm/frame.hpp"
#include "support/assert.hpp"

namespace lintel::ept {

// Write without read is an EPT misconfiguration, so it has no enumerator; nor has execute-only,
// which not every processor supports.
enum class Access : std::uint8_t {
    none = 0,
    r = 1,
    rw = 3,
    rx = 5,
    rwx = 7
};
enum class MemoryType : std::uint8_t {
    uncacheable = 0,
    write_back = 6
};
enum class Level : std::uint8_t {
    pt,
    pd,
    pdpt,
    pml4
};

constexpr unsigned order(Level level)
{
    return 9 * static_cast<unsigned>(level);
}
constexpr std::uint64_t frames(Level level)
{
    return 1ull << order(level);
}
constexpr Level below(Level level)
{
    return static_cast<Level>(static_cast<unsigned>(level) - 1);
}

class Entry {
public:
    constexpr Entry() = default; // not present
    static constexpr Entry table(Mfn child) { return Entry{bits(child) | bits(Access::rwx)}; }
    // RAM ignores the guest's PAT: a guest must not be able to alias its memory with another cache
    // attribute than the hypervisor's own mapping has. Device memory combines with it.
    static constexpr Entry leaf(Mfn frame, Level level, Access access, MemoryType type)
    {
        assert(level < Level::pml4 && frame.number % frames(level) == 0);
        const Raw size = level == Level::pt ? 0 : large_page;
        const Raw pat = type == MemoryType::write_back ? ignore_pat : 0;
        return Entry{bits(frame) | bits(access) | bits(type) | size | pat};
    }
    constexpr bool present() const { return (raw_ & bits(Access::rwx)) != 0; }
    constexpr bool is_leaf(Level at) const
    {
        return present() && (at == Level::pt || (raw_ & large_page) != 0);
    }
    constexpr Access access() const { return static_cast<Access>(raw_ & bits(Access::rwx)); }
    constexpr MemoryType type() const { return static_cast<MemoryType>(raw_ >> 3 & 7); }
    constexpr Mfn frame() const { return {(raw_ & address_mask) >> page_shift}; }
    constexpr bool operator==(const Entry&) const = default;

private:
    using Raw = std::uint64_t;
    static constexpr Raw ignore_pat = 1ull << 6;
    static constexpr Raw large_page = 1ull << 7;
    static constexpr Raw address_mask = 0x000f'ffff'ffff'f000; // bits 51:12
    static constexpr Raw bits(Access access) { return static_cast<Raw>(access); }
    static constexpr Raw bits(MemoryType type) { return static_cast<Raw>(type) << 3; }
    static constexpr Raw bits(Mfn mfn) { return mfn.number << page_shift & address_mask; }
    constexpr explicit Entry(Raw raw) : raw_{raw} {}
    Raw raw_ = 0;
};

static_assert(sizeof(Entry) == 8);
static_assert(!Entry{}.present() && !Entry::table({1}).is_leaf(Level::pd));

} // namespace lintel::ept
