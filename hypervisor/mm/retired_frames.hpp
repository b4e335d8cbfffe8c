// SPDX-License-Identifier: Apache-2.0
// Frames that were taken out of a map and wait until no CPU can reach them any more. Linked through
// the frame table, so that retiring needs no memory. Whoever edits the map owns the list.
#pragma once

#include <utility>

#include "mm/frame.hpp"
#include "mm/frame_allocator.hpp"

namespace lintel {

class RetiredFrames {
public:
    RetiredFrames() = default;
    RetiredFrames(RetiredFrames&& other) noexcept : head_{std::exchange(other.head_, none)} {}
    RetiredFrames& operator=(RetiredFrames&&) = delete;
    ~RetiredFrames() { assert(empty()); } // a frame would be lost

    bool empty() const { return head_ == none; }
    void add(FrameAllocator& allocator, Mfn frame)
    {
        allocator.link(frame, head_);
        head_ = frame.number;
    }
    void take_over(FrameAllocator& allocator, RetiredFrames& other)
    {
        while (!other.empty()) {
            const Mfn frame{other.head_};
            other.head_ = allocator.unlink_retired(frame);
            add(allocator, frame);
        }
    }
    // They have not been taken out of the map after all.
    void forget() { head_ = none; }
    // Every translation is gone: frees each frame.
    void release(FrameAllocator& allocator)
    {
        while (!empty()) {
            const Mfn frame{head_};
            head_ = allocator.unlink_retired(frame);
            if constexpr (debug_build)
                allocator.set_stale({frame, 1}, false);
            allocator.free(frame, 0);
        }
    }

private:
    static constexpr std::uint64_t none = FrameInfo::no_frame;
    std::uint64_t head_ = none;
};

} // namespace lintel
