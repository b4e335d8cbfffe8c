// SPDX-License-Identifier: Apache-2.0
// A set of frames as sorted, disjoint ranges, for laying out memory at start-up.
#pragma once

#include <cstddef>
#include <optional>

#include "mm/frame.hpp"
#include "support/fixed_vector.hpp"

namespace lintel {

class FrameSet {
public:
    // Every edit adds one range at most, and start-up makes fewer edits than this: 64 ranges of the
    // firmware's map, added or removed, 8 modules, and a handful of its own. Asserted, not
    // reported.
    static constexpr std::size_t capacity = 192;

    FrameSet() = default;
    explicit FrameSet(MfnRange range) { add(range); }

    void add(MfnRange range);
    void remove(MfnRange range);
    void remove(const FrameSet& other)
    {
        for (const MfnRange& range : other)
            remove(range);
    }

    std::uint64_t frames() const;
    bool contains(MfnRange range) const;
    // The highest `count` frames in a row, if there are any.
    std::optional<MfnRange> highest(std::uint64_t count) const;
    // The lowest `count` frames, as a set; all of them if there are fewer.
    FrameSet lowest(std::uint64_t count) const;
    // One past the last frame; 0 when empty.
    Mfn limit() const { return empty() ? Mfn{} : ranges_[ranges_.size() - 1].end(); }

    const MfnRange* begin() const { return ranges_.begin(); }
    const MfnRange* end() const { return ranges_.end(); }
    bool empty() const { return ranges_.empty(); }

private:
    using Ranges = FixedVector<MfnRange, capacity>;
    static void append(Ranges& ranges, MfnRange range);

    Ranges ranges_;
};

} // namespace lintel
