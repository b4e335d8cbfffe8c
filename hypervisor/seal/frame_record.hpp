// SPDX-License-Identifier: Apache-2.0
// The record of a sealed domain's frames: one byte for each frame of RAM, and a summary for each 2 MiB and
// each 1 GiB, so that an entry of any size is judged in one step. Takes no lock: Tables has one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "seal/frame_kind.hpp"
#include "support/result.hpp"

namespace lintel::seal {

// How many frames of an aligned 2 MiB or 1 GiB are what a leaf must not simply map.
struct Summary {
    std::uint32_t supervisor = 0; // text among them
    std::uint32_t text = 0;
    std::uint32_t fixed = 0; // what is not written: text, and what is on its way to or from it
};

// What is among the frames of a leaf.
struct Content {
    bool supervisor = false; // frames that no user may reach
    bool fixed = false; // frames that nobody writes
    bool other = false; // than text
};
constexpr Content content_of(FrameKind kind)
{
    return {is_supervisor(kind), is_fixed(kind), kind != FrameKind::text};
}

class FrameRecord {
public:
    // What a record of `ram_frames` needs: elements that are all zero.
    struct Store {
        std::span<FrameKind> kinds;     // one for each frame
        std::span<Summary> large, huge; // one for each 2 MiB, each 1 GiB that are begun
    };
    // RAM is all below as many frames as `store` has kinds, with holes or without. Beside it the domain's
    // guest-physical space has the pages that the hypervisor shares with it, and what others grant; the
    // three do not overlap. `devices` is RAM that has no kind: anybody may map it.
    FrameRecord(const Store& store, GfnRange shared, GfnRange foreign, GfnRange devices = {})
        : store_{store}, shared_{shared}, foreign_{foreign}, devices_{devices}
    {
        assert(store.large.size() == begun(Level::pd) && store.huge.size() == begun(Level::pdpt));
        assert(!ram().overlaps(shared) && !ram().overlaps(foreign) && !shared.overlaps(foreign));
    }

    GfnRange ram() const { return {{0}, store_.kinds.size()}; }

    // What the frame counts as: plain where there is no RAM, moving while it is withdrawn.
    FrameKind at(Gfn gfn) const
    {
        return leaving_.contains(gfn) ? FrameKind::moving : kept(gfn);
    }
    // What it is again, if the withdrawal comes to nothing.
    FrameKind kept(Gfn gfn) const
    {
        return gfn < ram().end() ? static_cast<FrameKind>(__atomic_load_n(byte_of(store_.kinds[gfn.number]), __ATOMIC_RELAXED))
                                 : FrameKind::plain;
    }
    // All of the aligned 2 MiB that `gfn`, a frame of RAM, lies in.
    bool is_plain_2m(Gfn gfn) const
    {
        return store_.large[gfn.number / frames(Level::pd)].supervisor == 0;
    }
    bool is_ram(Gfn gfn) const { return gfn < ram().end(); }
    // Where to look on after a frame of RAM that is no table: plain 2 MiB are passed at once.
    Gfn behind(Gfn gfn) const
    {
        const bool skips = gfn.number % frames(Level::pd) == 0 && is_plain_2m(gfn);
        return gfn + (skips ? frames(Level::pd) : 1);
    }
    // Whether frames are being withdrawn, or are on their way to or from text.
    bool travels() const
    {
        for (const Summary& summary : store_.huge)
            if (summary.fixed != summary.text)
                return true;
        return leaving_.count != 0;
    }
    // Frames of RAM that are being withdrawn; none: an empty range.
    GfnRange leaving() const { return leaving_; }
    void set_leaving(GfnRange range) { leaving_ = range; }
    bool has(GfnRange range) const
    {
        return range.first < ram().end() && range.count <= ram().end() - range.first;
    }
    // A frame of RAM.
    void set(Gfn gfn, FrameKind kind)
    {
        assert(gfn < ram().end());
        FrameKind& now = store_.kinds[gfn.number];
        for (Summary* summary : {&store_.large[gfn.number / frames(Level::pd)],
                                 &store_.huge[gfn.number / frames(Level::pdpt)]}) {
            summary->supervisor += is_supervisor(kind) - is_supervisor(now);
            summary->text += (kind == FrameKind::text) - (now == FrameKind::text);
            summary->fixed += is_fixed(kind) - is_fixed(now);
        }
        __atomic_store_n(byte_of(now), static_cast<std::uint8_t>(kind), __ATOMIC_RELAXED); // some look without the lock
    }

    // What a leaf of this level that begins at `first` maps; `first` is aligned to the level. Refused as
    // bad_address unless all of it lies in the same part of the domain's space.
    Result<Content> content(Gfn first, Level level) const
    {
        assert(level < Level::pml4 && first.number % frames(level) == 0);
        const GfnRange range{first, frames(level)};
        if (within(range, ram()))
            return content_of_ram(first, level);
        if (within(range, shared_))
            return Content{.supervisor = true, .other = true};
        if (within(range, foreign_) || within(range, devices_))
            return Content{.other = true};
        return Error::bad_address;
    }

private:
    static std::uint8_t* byte_of(FrameKind& kind) { return reinterpret_cast<std::uint8_t*>(&kind); }
    // Frame numbers come from entries, below 2^40, and from the layout: nothing wraps.
    static bool within(GfnRange range, GfnRange part)
    {
        return range.first >= part.first && range.end() <= part.end();
    }
    std::size_t begun(Level level) const
    {
        return (store_.kinds.size() + frames(level) - 1) / frames(level);
    }
    Content content_of_ram(Gfn first, Level level) const
    {
        if (level == Level::pt)
            return content_of(store_.kinds[first.number]);
        const auto& summaries = level == Level::pd ? store_.large : store_.huge;
        const Summary summary = summaries[first.number / frames(level)];
        return {summary.supervisor != 0, summary.fixed != 0, summary.text != frames(level)};
    }

    Store store_;
    GfnRange shared_, foreign_, devices_, leaving_;
};

} // namespace lintel::seal
