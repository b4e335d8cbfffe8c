// SPDX-License-Identifier: Apache-2.0
// Memory is allocated and erased without the map's lock, and mapped under it, a block at a time.
#include "domain/populate.hpp"

#include <bit>

#include "cpu/cpuid.hpp"

namespace lintel {

namespace {

// What one call does at most. Erasing takes a hundred times as long as mapping what is clean.
constexpr std::uint64_t most_frames = 1ull << 14, most_erased = 1ull << order_2m;

// The part of the range that can be RAM.
Result<GfnRange> possible_ram(const Domain& domain, GfnRange range)
{
    const Gfn end{1ull << (physical_address_bits() - page_shift)};
    if (range.first >= end)
        return Error::bad_address;
    if (range.count > end - range.first)
        range.count = end - range.first;
    for (const GfnRange& other : {domain.layout.shared, domain.layout.foreign}) {
        if (other.contains(range.first))
            return Error::bad_address;
        if (other.overlaps(range))
            range.count = other.first - range.first;
    }
    return range;
}

// Further, what is not there yet, and within the limit.
Result<GfnRange> missing_ram(Domain& domain, GfnRange range)
{
    const Guard guard{domain.map_lock};
    range.count = domain.map.gap(range);
    if (range.count == 0)
        return Error::bad_address;
    if (domain.ram_frames >= domain.limits.max_frames)
        return Error::limit_reached;
    const std::uint64_t room = domain.limits.max_frames - domain.ram_frames;
    return GfnRange{range.first, range.count < room ? range.count : room};
}

struct RamBlock {
    Mfn first;
    unsigned order;
    bool erased_now;
};

// For the beginning of the range: aligned there as in the machine.
Result<RamBlock> allocate_ram(GfnRange range, Owner owner)
{
    const unsigned alignment = range.first.number == 0
                                   ? order_1g
                                   : static_cast<unsigned>(std::countr_zero(range.first.number));
    const unsigned fit = static_cast<unsigned>(std::bit_width(range.count)) - 1;
    unsigned order = alignment < fit ? alignment : fit;
    for (order = order < order_1g ? order : order_1g; order > order_2m; --order)
        if (auto first = frames().allocate_clean(order, owner); first.ok())
            return RamBlock{first.take(), order, false};
    for (;; --order) {
        auto block = frames().allocate_for_clearing(order, owner);
        if (!block.ok() && order != 0)
            continue;
        const auto [first, clean] = TRY(std::move(block));
        if (!clean)
            __builtin_memset(at_frame(first), 0, page_size << order);
        return RamBlock{first, order, !clean};
    }
}

// The block lies within one table of its pages' size, so on failure nothing has changed.
Result<> map_ram(Domain& domain, GfnRange range, Mfn first)
{
    const Guard guard{domain.map_lock};
    if (domain.map.gap(range) != range.count)
        return Error::bad_address;
    if (domain.limits.max_frames - domain.ram_frames < range.count)
        return Error::limit_reached;
    TRY(domain.map.map(range, first, ept::Access::rwx, ept::MemoryType::write_back));
    domain.count_ram(range.count);
    return {};
}

Result<RamBlock> populate_block(Domain& domain, GfnRange range)
{
    const RamBlock block = TRY(allocate_ram(range, owner_of(domain.id)));
    const auto mapped = map_ram(domain, {range.first, 1ull << block.order}, block.first);
    if (!mapped.ok()) {
        frames().free_clean(block.first, block.order);
        return mapped.error();
    }
    return block;
}

Result<std::uint64_t> populate_missing(Domain& domain, GfnRange range)
{
    range = TRY(missing_ram(domain, range));
    std::uint64_t done = 0, erased = 0;
    while (done < range.count && done < most_frames && erased < most_erased) {
        auto block = populate_block(domain, {range.first + done, range.count - done});
        if (!block.ok() && done == 0)
            return block.error();
        if (!block.ok())
            break; // the next call says why
        const std::uint64_t count = 1ull << block.value().order;
        done += count;
        erased += block.value().erased_now ? count : 0;
    }
    return done;
}

} // namespace

Result<std::uint64_t> populate(Domain& domain, GfnRange range)
{
    const std::uint64_t done = TRY(populate_missing(domain, TRY(possible_ram(domain, range))));
    const Guard guard{domain.map_lock};
    if (domain.ram_end < range.first + done)
        domain.ram_end = range.first + done;
    return done;
}

Result<std::uint64_t> populate_again(Domain& domain, GfnRange range)
{
    const Gfn end = [&] {
        const Guard guard{domain.map_lock};
        return domain.ram_end;
    }();
    if (range.first >= end)
        return Error::bad_address;
    range = TRY(possible_ram(domain, range));
    if (range.count > end - range.first)
        range.count = end - range.first;
    return populate_missing(domain, range);
}

} // namespace lintel
