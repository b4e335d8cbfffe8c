// SPDX-License-Identifier: Apache-2.0
// Buddy allocator of machine frames: power-of-two blocks up to 1 GiB, so that EPT can use its
// largest entries. One lock for all of it. All state is in the FrameInfo table its user provides,
// which is what host tests do as well.
//
// Free blocks are clean (all zero) or dirty. What is freed is dirty; idle CPUs erase it (mm/scrub.hpp),
// so that whoever needs clean memory seldom waits for that. Blocks of the two kinds do not merge.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
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
    // Likewise, clean if there is such a block.
    struct Block {
        Mfn first;
        bool clean; // else its new owner erases it
    };
    Result<Block> allocate_for_clearing(unsigned order, Owner owner);
    // A clean one, or none.
    Result<Mfn> allocate_clean(unsigned order, Owner owner);
    void free(Mfn first, unsigned order) { give(first, order, FreeHead::dirty); }
    // A block that is all zero still.
    void free_clean(Mfn first, unsigned order) { give(first, order, FreeHead::clean); }
    // These very frames, if every one of them is free; Error::busy and nothing changed otherwise.
    Result<> take(MfnRange range, Owner owner);

    // Takes a dirty block of this order or a smaller one out, to be erased; it counts as free
    // meanwhile.
    struct DirtyBlock {
        Mfn first;
        unsigned order;
    };
    std::optional<DirtyBlock> take_dirty(unsigned most_order);
    void give_erased(DirtyBlock block);

    // For RetiredFrames: a list through frames that are not free.
    void link(Mfn frame, std::uint64_t next)
    {
        info(frame).next = static_cast<std::uint32_t>(next);
    }
    std::uint64_t unlink_retired(Mfn frame) { return info(frame).next; }
    // For FrameBag: likewise, with the size of the block that starts there.
    void link_block(Mfn first, unsigned order, std::uint64_t next)
    {
        info(first).order = static_cast<std::uint8_t>(order);
        link(first, next);
    }
    unsigned order_of_block(Mfn first) { return info(first).order; }
    // Debug builds only: see FrameInfo::stale.
    void set_stale(MfnRange range, bool stale);

    // For memory that never passes through the allocator (dom0's RAM, firmware).
    void set_owner(MfnRange range, Owner owner);
    Owner owner(Mfn frame) const
    {
        if (frame.number >= table_.size())
            return Owner::none;
        Owner owner;
        __atomic_load(&table_[frame.number].owner, &owner, __ATOMIC_RELAXED);
        return owner;
    }

    // For mm/frame_uses.hpp, while the frame has an owner.
    FrameInfo& of(Mfn frame) { return info(frame); }

    std::uint64_t free_frames() const
    {
        return __atomic_load_n(&free_frames_, __ATOMIC_RELAXED);
    }
    // Of these, those to be erased.
    std::uint64_t dirty_frames() const
    {
        return __atomic_load_n(&dirty_frames_, __ATOMIC_RELAXED);
    }
    std::uint64_t frames() const { return table_.size(); }

private:
    static constexpr unsigned orders = order_1g + 1;

    FrameInfo& info(Mfn frame)
    {
        assert(frame.number < table_.size());
        return table_[frame.number];
    }
    void give(Mfn first, unsigned order, FreeHead kind);
    void give_locked(Mfn first, unsigned order, FreeHead kind);
    void put_back(Mfn first, unsigned order, FreeHead kind); // not counted
    void merge_and_push(Mfn first, unsigned order, FreeHead kind);
    FreeHead carve(Mfn first, unsigned from, unsigned order); // its kind
    Block take_block(Mfn first, unsigned from, unsigned order);
    void count(FreeHead kind, std::uint64_t frames); // wraps for what is taken
    void count_dirty(std::uint64_t frames);
    void mark(MfnRange range, Owner owner);
    void take_one(Mfn frame);
    void push(Mfn first, unsigned order, FreeHead kind);
    FreeHead unlink(Mfn first); // its kind
    FreeHead free_block(Mfn first, unsigned order) const; // no: none of this order starts there

    SpinLock lock_;
    std::span<FrameInfo> table_;
    using FreeLists = std::array<std::uint32_t, orders>; // heads, by order
    static constexpr unsigned list_number(bool last_resort, FreeHead kind)
    {
        return (last_resort ? 2 : 0) + (kind == FreeHead::dirty ? 1 : 0);
    }
    FreeLists& lists_of(Mfn frame, FreeHead kind)
    {
        return lists_[list_number(frame < last_resort_, kind)];
    }
    // A free block of at least this order, whose order is stored; none: no_frame.
    std::uint32_t find_free(unsigned& order, FreeHead preferred) const;
    std::uint32_t find_free(unsigned& order, bool last_resort, FreeHead kind) const;

    std::array<FreeLists, 4> lists_; // by list_number
    Mfn last_resort_;
    std::uint64_t free_frames_ = 0, dirty_frames_ = 0;
};

} // namespace lintel
