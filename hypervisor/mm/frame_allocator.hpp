// SPDX-License-Identifier: Apache-2.0
// Buddy allocator of machine frames: power-of-two blocks up to 1 GiB, so that EPT can use its
// largest entries. One lock for all of it. All state is in the FrameInfo table its user provides,
// which is what host tests do as well.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "cpu/spin_lock.hpp"
#include "mm/frame.hpp"
#include "mm/frame_info.hpp"
#include "support/result.hpp"

namespace lintel {

inline constexpr unsigned order_2m = 9, order_1g = 18;

class FrameAllocator {
public:
    // `table` describes frames 0 .. size-1; all start out owned by nobody.
    explicit FrameAllocator(std::span<FrameInfo> table);

    // Frames below `limit` are given out only when no others are left: what dom0 has released it may
    // want back, at the very same addresses. Before the first frame is handed over.
    void keep_for_last(Mfn limit) { last_resort_ = limit; }
    // Hands frames to the allocator: at start-up RAM, later what a domain gives back.
    void release(MfnRange range);
    // A naturally aligned block of 2^order frames, not cleared. Its owner is `owner` from now on.
    Result<Mfn> allocate(unsigned order, Owner owner);
    void free(Mfn first, unsigned order);
    // These very frames, if every one of them is free; Error::busy and nothing changed otherwise.
    Result<> take(MfnRange range, Owner owner);

    // For RetiredFrames: a list through frames that are not free.
    void link(Mfn frame, std::uint64_t next)
    {
        info(frame).next = static_cast<std::uint32_t>(next);
    }
    std::uint64_t unlink_retired(Mfn frame) { return info(frame).next; }
    // Debug builds only: see FrameInfo::stale.
    void set_stale(MfnRange range, bool stale);

    // For memory that never passes through the allocator (dom0's RAM, firmware).
    void set_owner(MfnRange range, Owner owner);
    Owner owner(Mfn frame) const;

    std::uint64_t free_frames() const
    {
        return __atomic_load_n(&free_frames_, __ATOMIC_RELAXED);
    }
    std::uint64_t frames() const { return table_.size(); }

private:
    static constexpr unsigned orders = order_1g + 1;

    FrameInfo& info(Mfn frame)
    {
        assert(frame.number < table_.size());
        return table_[frame.number];
    }
    void give(Mfn first, unsigned order);
    void mark(MfnRange range, Owner owner);
    void take_one(Mfn frame);
    void push(Mfn first, unsigned order);
    void unlink(Mfn first);
    bool is_free_block(Mfn first, unsigned order) const;

    SpinLock lock_;
    std::span<FrameInfo> table_;
    using FreeLists = std::array<std::uint32_t, orders>; // heads, by order
    FreeLists& lists_of(Mfn frame) { return lists_[frame < last_resort_ ? 1 : 0]; }
    // A free block of at least this order, whose order is stored; none: no_frame.
    std::uint32_t find_free(unsigned& order) const;

    std::array<FreeLists, 2> lists_; // first those to take first
    Mfn last_resort_;
    std::uint64_t free_frames_ = 0;
};

} // namespace lintel
