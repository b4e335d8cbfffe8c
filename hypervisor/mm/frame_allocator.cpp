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
        give_locked(range.first, order, FreeHead::dirty);
        range = {range.first + (1ull << order), range.count - (1ull << order)};
    }
}

Result<Mfn> FrameAllocator::allocate(unsigned order, Owner owner)
{
    assert(order < orders && owner != Owner::free);
    const Guard guard{lock_};
    unsigned from = order;
    const Mfn first{find_free(from, FreeHead::dirty)};
    if (first.number == FrameInfo::no_frame)
        return Error::no_memory;
    take_block(first, from, order);
    mark({first, 1ull << order}, owner);
    return first;
}

Result<FrameAllocator::Block> FrameAllocator::allocate_for_clearing(unsigned order, Owner owner)
{
    assert(order < orders && owner != Owner::free);
    const Guard guard{lock_};
    unsigned from = order;
    const Mfn first{find_free(from, FreeHead::clean)};
    if (first.number == FrameInfo::no_frame)
        return Error::no_memory;
    const Block block = take_block(first, from, order);
    mark({first, 1ull << order}, owner);
    return block;
}

// Takes the lowest part of a free block of order `from` out; the upper halves stay free. Not counted.
FreeHead FrameAllocator::carve(Mfn first, unsigned from, unsigned order)
{
    const FreeHead kind = unlink(first);
    while (from > order) {
        --from;
        push(first + (1ull << from), from, kind);
    }
    return kind;
}

FrameAllocator::Block FrameAllocator::take_block(Mfn first, unsigned from, unsigned order)
{
    const FreeHead kind = carve(first, from, order);
    count(kind, -(1ull << order));
    return {first, kind == FreeHead::clean};
}

void FrameAllocator::count(FreeHead kind, std::uint64_t frames)
{
    __atomic_store_n(&free_frames_, free_frames_ + frames, __ATOMIC_RELAXED);
    if (kind == FreeHead::dirty)
        count_dirty(frames);
}

void FrameAllocator::count_dirty(std::uint64_t frames)
{
    __atomic_store_n(&dirty_frames_, dirty_frames_ + frames, __ATOMIC_RELAXED);
}

Result<Mfn> FrameAllocator::allocate_clean(unsigned order, Owner owner)
{
    assert(order < orders && owner != Owner::free);
    const Guard guard{lock_};
    for (const bool last_resort : {false, true}) {
        unsigned from = order;
        const Mfn first{find_free(from, last_resort, FreeHead::clean)};
        if (first.number == FrameInfo::no_frame)
            continue;
        take_block(first, from, order);
        mark({first, 1ull << order}, owner);
        return first;
    }
    return Error::no_memory;
}

std::uint32_t FrameAllocator::find_free(unsigned& order, bool last_resort, FreeHead kind) const
{
    const FreeLists& lists = lists_[list_number(last_resort, kind)];
    for (unsigned from = order; from < orders; ++from)
        if (lists[from] != FrameInfo::no_frame) {
            order = from;
            return lists[from];
        }
    return FrameInfo::no_frame;
}

std::uint32_t FrameAllocator::find_free(unsigned& order, FreeHead preferred) const
{
    const FreeHead other = preferred == FreeHead::clean ? FreeHead::dirty : FreeHead::clean;
    for (const bool last_resort : {false, true})
        for (const FreeHead kind : {preferred, other})
            if (const std::uint32_t first = find_free(order, last_resort, kind);
                first != FrameInfo::no_frame)
                return first;
    return FrameInfo::no_frame;
}

std::optional<FrameAllocator::DirtyBlock> FrameAllocator::take_dirty(unsigned most_order)
{
    if (dirty_frames() == 0) // without the lock: idle CPUs ask all the time
        return {};
    const Guard guard{lock_};
    for (const bool last_resort : {false, true})
        for (unsigned from = 0; from < orders; ++from) { // so that a large block is split once
            const Mfn first{lists_[list_number(last_resort, FreeHead::dirty)][from]};
            if (first.number == FrameInfo::no_frame)
                continue;
            const unsigned order = from < most_order ? from : most_order;
            carve(first, from, order); // it counts as free, at any moment that somebody looks
            mark({first, 1ull << order}, Owner::hypervisor);
            return DirtyBlock{first, order};
        }
    return {};
}

void FrameAllocator::give_erased(DirtyBlock block)
{
    const Guard guard{lock_};
    count_dirty(-(1ull << block.order));
    put_back(block.first, block.order, FreeHead::clean);
}

void FrameAllocator::give(Mfn first, unsigned order, FreeHead kind)
{
    const Guard guard{lock_};
    give_locked(first, order, kind);
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
    while (free_block(block, order) == FreeHead::no) {
        ++order;
        assert(order < orders); // a free frame lies in a free block
        block = {frame.number & ~((1ull << order) - 1)};
    }
    const FreeHead kind = unlink(block);
    while (order > 0) {
        --order;
        const Mfn upper = block + (1ull << order);
        const bool in_upper = frame >= upper;
        push(in_upper ? block : upper, order, kind);
        block = in_upper ? upper : block;
    }
    count(kind, -1ull);
}

void FrameAllocator::give_locked(Mfn first, unsigned order, FreeHead kind)
{
    count(kind, 1ull << order);
    put_back(first, order, kind);
}

void FrameAllocator::put_back(Mfn first, unsigned order, FreeHead kind)
{
    assert(order < orders && first.number % (1ull << order) == 0);
    const MfnRange block{first, 1ull << order};
    assert(block.end().number <= table_.size());
    for (Mfn frame = first; frame < block.end(); frame = frame + 1) {
        assert(info(frame).owner != Owner::free); // freed twice
        assert(info(frame).uses == 0);
        assert_slow(info(frame).stale == 0);
    }
    mark(block, Owner::free);
    merge_and_push(first, order, kind);
}

// Blocks of different lists stay apart.
void FrameAllocator::merge_and_push(Mfn first, unsigned order, FreeHead kind)
{
    while (order + 1 < orders) {
        const Mfn buddy{first.number ^ 1ull << order};
        if (free_block(buddy, order) != kind || (buddy < last_resort_) != (first < last_resort_))
            break;
        unlink(buddy);
        first = buddy < first ? buddy : first;
        ++order;
    }
    push(first, order, kind);
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
    for (Mfn frame = range.first; frame < range.end(); frame = frame + 1) {
        info(frame).previous = 0; // nobody uses it; whoever puts it into a free list sets it again
        __atomic_store(&info(frame).owner, &owner, __ATOMIC_RELAXED);
    }
}

void FrameAllocator::push(Mfn first, unsigned order, FreeHead kind)
{
    FrameInfo& block = info(first);
    block.order = static_cast<std::uint8_t>(order);
    block.free_head = kind;
    block.previous = FrameInfo::no_frame;
    FreeLists& lists = lists_of(first, kind);
    block.next = lists[order];
    if (block.next != FrameInfo::no_frame)
        info({block.next}).previous = static_cast<std::uint32_t>(first.number);
    lists[order] = static_cast<std::uint32_t>(first.number);
}

FreeHead FrameAllocator::unlink(Mfn first)
{
    FrameInfo& block = info(first);
    const FreeHead kind = block.free_head;
    assert(kind != FreeHead::no);
    block.free_head = FreeHead::no;
    if (block.next != FrameInfo::no_frame)
        info({block.next}).previous = block.previous;
    if (block.previous != FrameInfo::no_frame)
        info({block.previous}).next = block.next;
    else
        lists_of(first, kind)[block.order] = block.next;
    return kind;
}

FreeHead FrameAllocator::free_block(Mfn first, unsigned order) const
{
    if (first.number + (1ull << order) > table_.size())
        return FreeHead::no;
    const FrameInfo& block = table_[first.number];
    return block.order == order ? block.free_head : FreeHead::no;
}

} // namespace lintel
