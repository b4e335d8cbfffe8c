// SPDX-License-Identifier: Apache-2.0
// Buddy allocation over the frame table.
#include "mm/frame_allocator.hpp"

#include <bit>

namespace lintel {

FrameAllocator::FrameAllocator(std::span<FrameInfo> table) : table_{table}
{
    assert(table.size() < FrameInfo::no_frame);
    for (FreeLists& lists : lists_)
        lists.fill(FrameInfo::no_frame);
}

void FrameAllocator::release(MfnRange range)
{
    const Guard guard{lock_};
    while (range.count != 0) {
        // The largest block that starts here, is aligned, fits, and is all of one kind.
        const unsigned alignment =
            range.first.number == 0 ? order_1g
                                    : static_cast<unsigned>(std::countr_zero(range.first.number));
        const std::uint64_t room = range.first < last_resort_ && last_resort_ < range.end()
                                       ? last_resort_ - range.first
                                       : range.count;
        const unsigned fit = static_cast<unsigned>(std::bit_width(room)) - 1;
        unsigned order = alignment < fit ? alignment : fit;
        order = order < order_1g ? order : order_1g;
        give(range.first, order);
        range = {range.first + (1ull << order), range.count - (1ull << order)};
    }
}

Result<Mfn> FrameAllocator::allocate(unsigned order, Owner owner)
{
    assert(order < orders && owner != Owner::free);
    const Guard guard{lock_};
    unsigned from = order;
    const Mfn first{find_free(from)};
    if (first.number == FrameInfo::no_frame)
        return Error::no_memory;
    unlink(first);
    while (from > order) { // give the upper halves back
        --from;
        push(first + (1ull << from), from);
    }
    free_frames_ -= 1ull << order;
    mark({first, 1ull << order}, owner);
    return first;
}

std::uint32_t FrameAllocator::find_free(unsigned& order) const
{
    for (const FreeLists& lists : lists_)
        for (unsigned from = order; from < orders; ++from)
            if (lists[from] != FrameInfo::no_frame) {
                order = from;
                return lists[from];
            }
    return FrameInfo::no_frame;
}

void FrameAllocator::free(Mfn first, unsigned order)
{
    const Guard guard{lock_};
    give(first, order);
}

Result<> FrameAllocator::take(MfnRange range, Owner owner)
{
    assert(owner != Owner::free);
    const Guard guard{lock_};
    if (range.end().number > table_.size())
        return Error::busy;
    for (Mfn frame = range.first; frame < range.end(); frame = frame + 1)
        if (info(frame).owner != Owner::free)
            return Error::busy;
    for (Mfn frame = range.first; frame < range.end(); frame = frame + 1)
        take_one(frame);
    mark(range, owner);
    return {};
}

// Takes one frame out of the free block that it lies in; the rest of the block stays free.
void FrameAllocator::take_one(Mfn frame)
{
    unsigned order = 0;
    Mfn block = frame;
    while (!is_free_block(block, order)) {
        ++order;
        assert(order < orders); // a free frame lies in a free block
        block = {frame.number & ~((1ull << order) - 1)};
    }
    unlink(block);
    while (order > 0) {
        --order;
        const Mfn upper = block + (1ull << order);
        const bool in_upper = frame >= upper;
        push(in_upper ? block : upper, order);
        block = in_upper ? upper : block;
    }
    --free_frames_;
}

void FrameAllocator::give(Mfn first, unsigned order)
{
    assert(order < orders && first.number % (1ull << order) == 0);
    const MfnRange block{first, 1ull << order};
    assert(block.end().number <= table_.size());
    for (Mfn frame = first; frame < block.end(); frame = frame + 1) {
        assert(info(frame).owner != Owner::free); // freed twice
        assert_slow(info(frame).stale == 0);
    }
    mark(block, Owner::free);
    free_frames_ += block.count;
    while (order + 1 < orders) {
        const Mfn buddy{first.number ^ 1ull << order};
        // Blocks of different lists stay apart.
        if (!is_free_block(buddy, order) || (buddy < last_resort_) != (first < last_resort_))
            break;
        unlink(buddy);
        first = buddy < first ? buddy : first;
        ++order;
    }
    push(first, order);
}

void FrameAllocator::set_owner(MfnRange range, Owner owner)
{
    const Guard guard{lock_};
    mark(range, owner);
}

void FrameAllocator::set_stale(MfnRange range, bool stale)
{
    for (Mfn frame = range.first; frame < range.end() && frame.number < table_.size();
         frame = frame + 1)
        info(frame).stale = stale ? 1 : 0;
}

void FrameAllocator::mark(MfnRange range, Owner owner)
{
    for (Mfn frame = range.first; frame < range.end(); frame = frame + 1)
        __atomic_store_n(&info(frame).owner, owner, __ATOMIC_RELAXED);
}

Owner FrameAllocator::owner(Mfn frame) const
{
    if (frame.number >= table_.size())
        return Owner::none;
    return __atomic_load_n(&table_[frame.number].owner, __ATOMIC_RELAXED);
}

void FrameAllocator::push(Mfn first, unsigned order)
{
    FrameInfo& block = info(first);
    block.order = static_cast<std::uint8_t>(order);
    block.free_head = true;
    block.previous = FrameInfo::no_frame;
    FreeLists& lists = lists_of(first);
    block.next = lists[order];
    if (block.next != FrameInfo::no_frame)
        info({block.next}).previous = static_cast<std::uint32_t>(first.number);
    lists[order] = static_cast<std::uint32_t>(first.number);
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
        lists_of(first)[block.order] = block.next;
}

bool FrameAllocator::is_free_block(Mfn first, unsigned order) const
{
    if (first.number + (1ull << order) > table_.size())
        return false;
    const FrameInfo& block = table_[first.number];
    return block.free_head && block.order == order;
}

} // namespace lintel
