// SPDX-License-Identifier: Apache-2.0
// Buddy allocator of machine frames: power-of-two blocks up to 1 GiB, so that EPT can use its
// largest entries. Takes no lock: one CPU runs so far. All state is in the FrameInfo table its user
// provides, which is what host tests do as well.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "mm/frame.hpp"
#include "mm/frame_info.hpp"
#include "support/result.hpp"

namespace lintel {

inline constexpr unsigned order_2m = 9, order_1g = 18;

class FrameAllocator {
public:
    // `table` describes frames 0 .. size-1; all start out owned by nobody.
    explicit FrameAllocator(std::span<FrameInfo> table);

    // Hands frames to the allocator: at start-up RAM, later what a domain gives back.
    void release(MfnRange range);
    // A naturally aligned block of 2^order frames, not cleared. Its owner is `owner` from now on.
    Result<Mfn> allocate(unsigned order, Owner owner);
    void free(Mfn first, unsigned order);

    // For memory that never passes through the allocator (dom0's RAM, firmware).
    void set_owner(MfnRange range, Owner owner);
    Owner owner(Mfn frame) const;

    std::uint64_t free_frames() const { return free_frames_; }
    std::uint64_t frames() const { return table_.size(); }

private:
    static constexpr unsigned orders = order_1g + 1;

    FrameInfo& info(Mfn frame)
    {
        assert(frame.number < table_.size());
        return table_[frame.number];
    }
    void push(Mfn first, unsigned order);
    void unlink(Mfn first);
    bool is_free_block(Mfn first, unsigned order) const;

    std::span<FrameInfo> table_;
    std::array<std::uint32_t, orders> heads_;
    std::uint64_t free_frames_ = 0;
};

} // namespace lintel
