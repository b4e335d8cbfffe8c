// SPDX-License-Identifier: Apache-2.0
// The machine's frames, as far as fuzzed domains have some, and a domain's guest-physical map.
#pragma once

#include <map>
#include <vector>

#include "fuzz/hypercalls/shape.hpp"
#include "fuzz/require.hpp"
#include "mm/ept.hpp"
#include "mm/frame_allocator.hpp"
#include "mm/frame_uses.hpp"
#include "mm/owner.hpp"
#include "mm/retired_frames.hpp"

namespace lintel::fuzz {

struct Frames {
    std::vector<FrameInfo> table = std::vector<FrameInfo>(2 * frames_of_side);
    FrameAllocator allocator{table};
};

// ept::Map page by page, without tables.
class Map {
public:
    ept::Mapping lookup(Gfn gfn) const
    {
        const auto found = pages_.find(gfn.number);
        return found == pages_.end() ? ept::Mapping{} : found->second;
    }
    Result<> map(GfnRange range, Mfn frame, ept::Access access, ept::MemoryType type)
    {
        REQUIRE(range.count == 1);
        pages_[range.first.number] = {frame, access, type, ept::Level::pt};
        return {};
    }
    Result<> map_pages(GfnRange range, Mfn first, ept::Access access, ept::MemoryType type)
    {
        for (std::uint64_t i = 0; i < range.count; ++i)
            map({range.first + i, 1}, first + i, access, type).take();
        return {};
    }
    Result<> unmap(GfnRange range)
    {
        for (std::uint64_t i = 0; i < range.count; ++i)
            pages_.erase((range.first + i).number);
        return {};
    }
    struct Memory {
        RetiredFrames retired; // of tables, which this map has none of
    };
    Memory& memory() { return memory_; }

private:
    std::map<std::uint64_t, ept::Mapping> pages_;
    Memory memory_;
};

} // namespace lintel::fuzz
