// SPDX-License-Identifier: Apache-2.0
// Frames that are kept for one purpose, such as a domain, and given back all together. Linked
// through the frame table, so that the bag needs no memory of its own. Whoever fills it serialises.
#pragma once

#include <utility>

#include "mm/frame.hpp"
#include "mm/frame_allocator.hpp"

namespace lintel {

class FrameBag {
public:
    explicit FrameBag(FrameAllocator& allocator) : allocator_{&allocator} {}
    FrameBag(FrameBag&& other) noexcept
        : allocator_{other.allocator_},
          head_{std::exchange(other.head_, none)},
          frames_{std::exchange(other.frames_, 0)}
    {
    }
    FrameBag& operator=(FrameBag&&) = delete;
    ~FrameBag()
    {
        while (head_ != none) {
            const Mfn first{head_};
            head_ = allocator_->unlink_retired(first);
            allocator_->free(first, allocator_->order_of_block(first));
        }
    }

    // A block of 2^order frames, as it was allocated.
    void add(Mfn first, unsigned order)
    {
        allocator_->link_block(first, order, head_);
        head_ = first.number;
        frames_ += 1ull << order;
    }
    std::uint64_t frames() const { return frames_; }

private:
    static constexpr std::uint64_t none = FrameInfo::no_frame;
    FrameAllocator* allocator_;
    std::uint64_t head_ = none;
    std::uint64_t frames_ = 0;
};

} // namespace lintel
