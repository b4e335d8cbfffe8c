// SPDX-License-Identifier: Apache-2.0
// Buddy allocation over the frame table.
#include "mm/frame_allocator.hpp"

#include <bit>

namespace lintel {

FrameAllocator::FrameAllocator(std::span<FrameInfo> table) : table_{table}
{
    assert(table.size() < FrameInfo::no_frame);
    heads_.fill(FrameInfo::no_frame);
}

void FrameAllocator::release(MfnRange range)
{
    while (range.count != 0) {
        // The largest block that starts here, is aligned, and fits.
        const unsigned alignment =
            range.first.number == 0 ? order_1g
                                    : static_cast<unsigned>(std::countr_zero(range.first.number));
        const unsigned fit = static_cast<unsigned>(std::bit_width(range.count)) - 1;
        unsigned order = alignment < fit ? alignment : fit;
        order = order < order_1g ? order : order_1g;
        free(range.first, order);
        range = {range.first + (1ull << order), range.count - (1ull << order)};
    }
}

Result<Mfn> FrameAllocator::allocate(unsigned order, Owner owner)
{
    assert(order < orders && owner != Owner::free);
    unsigned from = order;
    while (from < orders && heads_[from] == FrameInfo::no_frame)
        ++from;
    if (from == orders)
        return Error::no_memory;
    const Mfn first{heads_[from]};
    unlink(first);
    while (from > order) { // give the upper halves back
        --from;
        push(first + (1ull << from), from);
    }
    free_frames_ -= 1ull << order;
    set_owner({first, 1ull << order}, owner);
    return first;
}

void FrameAllocator::free(Mfn first, unsigned order)
{
    assert(order < orders && first.number % (1ull << order) == 0);
    const MfnRange block{first, 1ull << order};
    assert(block.end().number <= table_.size());
    for (Mfn frame = first; frame < block.end(); frame = frame + 1)
        assert(info(frame).owner != Owner::free); // freed twice
    set_owner(block, Owner::free);
    free_frames_ += block.count;
    while (order + 1 < orders) {
        const Mfn buddy{first.number ^ 1ull << order};
        if (!is_free_block(buddy, order))
            break;
        unlink(buddy);
        first = buddy < first ? buddy : first;
        ++order;
    }
    push(first, order);
}

void FrameAllocator::set_owner(MfnRange range, Owner owner)
{
    for (Mfn frame = range.first; frame < range.end(); frame = frame + 1)
        info(frame).owner = owner;
}

Owner FrameAllocator::owner(Mfn frame) const
{
    return frame.number < table_.size() ? table_[frame.number].owner : Owner::none;
}

void FrameAllocator::push(Mfn first, unsigned order)
{
    FrameInfo& block = info(first);
    block.order = static_cast<std::uint8_t>(order);
    block.free_head = true;
    block.previous = FrameInfo::no_frame;
    block.next = heads_[order];
    if (block.next != FrameInfo::no_frame)
        info({block.next}).previous = static_cast<std::uint32_t>(first.number);
    heads_[order] = static_cast<std::uint32_t>(first.number);
}

void FrameAllocator::unlink(Mfn first)
{
    FrameInfo& block = info(first);
    assert(block.free_head);
    block.free_head = false;
    if (block.next != FrameInfo::no_frame)
        info({block.next}).previous = block.previous;
    if (block.previous != FrameInfo::no_frame)
        info({block.previous}).next = block.next;
    else
        heads_[block.order] = block.next;
}

bool FrameAllocator::is_free_block(Mfn first, unsigned order) const
{
    if (first.number + (1ull << order) > table_.size())
        return false;
    const FrameInfo& block = table_[first.number];
    return block.free_head && block.order == order;
}

} // namespace lintel
