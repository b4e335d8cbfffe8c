// SPDX-License-Identifier: Apache-2.0
// Set arithmetic over sorted ranges: each edit builds the new list in one pass.
#include "mm/frame_set.hpp"

namespace lintel {

void FrameSet::append(Ranges& ranges, MfnRange range)
{
    if (range.count == 0)
        return;
    const bool added = ranges.push_back(range).ok();
    assert(added); // see capacity
}

void FrameSet::add(MfnRange range)
{
    if (range.count == 0)
        return;
    Ranges result;
    bool placed = false;
    for (const MfnRange& old : ranges_) {
        const bool apart = old.end() < range.first || range.end() < old.first;
        if (!apart) { // overlapping or touching: they become one
            const Mfn first = old.first < range.first ? old.first : range.first;
            const Mfn end = old.end() < range.end() ? range.end() : old.end();
            range = {first, end - first};
            continue;
        }
        if (!placed && range.end() < old.first) {
            append(result, range);
            placed = true;
        }
        append(result, old);
    }
    if (!placed)
        append(result, range);
    ranges_ = result;
}

void FrameSet::remove(MfnRange range)
{
    if (range.count == 0)
        return;
    Ranges result;
    for (const MfnRange& old : ranges_) {
        if (!old.overlaps(range)) {
            append(result, old);
            continue;
        }
        if (old.first < range.first)
            append(result, {old.first, range.first - old.first});
        if (range.end() < old.end())
            append(result, {range.end(), old.end() - range.end()});
    }
    ranges_ = result;
}

std::uint64_t FrameSet::frames() const
{
    std::uint64_t sum = 0;
    for (const MfnRange& range : ranges_)
        sum += range.count;
    return sum;
}

bool FrameSet::contains(MfnRange range) const
{
    for (const MfnRange& own : ranges_)
        if (own.first <= range.first && range.end() <= own.end())
            return true;
    return false;
}

std::optional<MfnRange> FrameSet::highest(std::uint64_t count) const
{
    std::optional<MfnRange> best;
    for (const MfnRange& range : ranges_)
        if (range.count >= count)
            best = MfnRange{range.first + (range.count - count), count};
    return best;
}

FrameSet FrameSet::lowest(std::uint64_t count) const
{
    FrameSet result;
    for (const MfnRange& range : ranges_) {
        const std::uint64_t taken = range.count < count ? range.count : count;
        result.add({range.first, taken});
        count -= taken;
    }
    return result;
}

} // namespace lintel
