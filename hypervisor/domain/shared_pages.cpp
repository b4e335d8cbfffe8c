// SPDX-License-Identifier: Apache-2.0
// Builds the window: its pages, and the guest's page tables over them.
#include "domain/shared_pages.hpp"

#include <bit>

namespace lintel {

namespace {

// Guest page-table entries. Accessed and dirty are set from the start: the tables are read-only to
// the guest, so its page walker must never want to update them.
constexpr std::uint64_t present = 1, writable = 2, accessed_dirty = 0x60, global = 0x100,
                        no_execute = 1ull << 63;

struct Placed {
    Mfn frame;
    Gfn gfn;
};

class Builder {
public:
    Builder(FrameBag& bag, GuestPhysicalMap& map, GfnRange place)
        : bag_{bag}, map_{map}, place_{place}
    {
    }
    // 2^order cleared pages in a row that the guest sees with these rights.
    Result<Placed> page(ept::Access access, unsigned order = 0)
    {
        const Mfn first = TRY(allocate_cleared(order, bag_));
        const Placed placed{first, next(first, 1ull << order)};
        TRY(map_.map({placed.gfn, 1ull << order}, first, access, ept::MemoryType::write_back));
        return placed;
    }
    // Shows pages at `address` of the window, one table per 2 MiB.
    Result<> show(Placed directory, std::uint64_t address, Placed pages, std::uint64_t rights,
                  unsigned order = 0)
    {
        const Placed table = TRY(page(ept::Access::r));
        at_frame<std::uint64_t>(directory.frame)[address >> 21 & 511] = link(table);
        for (unsigned at = 0; at < 1u << order; ++at)
            at_frame<std::uint64_t>(table.frame)[(address >> 12 & 511) + at] =
                (pages.gfn + at).address() | present | accessed_dirty | global | no_execute | rights;
        return {};
    }
    static std::uint64_t link(Placed table)
    {
        return table.gfn.address() | present | writable | accessed_dirty;
    }

private:
    Gfn next(Mfn first, std::uint64_t count)
    {
        if (place_.count == 0)
            return Gfn{first.number};
        assert(used_ + count <= place_.count);
        used_ += count;
        return place_.first + (used_ - count);
    }

    FrameBag& bag_;
    GuestPhysicalMap& map_;
    GfnRange place_;
    std::uint64_t used_ = 0;
};

} // namespace

Result<SharedPages> make_shared_pages(FrameBag& bag, GuestPhysicalMap& map, std::uint32_t vcpus,
                                      GfnRange place)
{
    const auto stats_order =
        static_cast<unsigned>(std::bit_width(pages_for(vcpus * sizeof(lintel_vcpu_stats)) - 1));
    Builder builder{bag, map, place};
    const Placed info = TRY(builder.page(ept::Access::r));
    const Placed time = TRY(builder.page(ept::Access::r));
    const Placed events = TRY(builder.page(ept::Access::rw));
    const Placed stats = TRY(builder.page(ept::Access::r, stats_order));
    const Placed root = TRY(builder.page(ept::Access::r));
    const Placed directory = TRY(builder.page(ept::Access::r));
    at_frame<std::uint64_t>(root.frame)[0] = Builder::link(directory);
    TRY(builder.show(directory, LINTEL_WINDOW_INFO, info, 0));
    TRY(builder.show(directory, LINTEL_WINDOW_TIME, time, 0));
    TRY(builder.show(directory, LINTEL_WINDOW_EVENTS, events, writable));
    TRY(builder.show(directory, LINTEL_WINDOW_STATS, stats, 0, stats_order));

    auto* page = at_frame<lintel_info>(info.frame);
    page->window_root = root.gfn.address();
    page->time_gpa = time.gfn.address();
    page->events_gpa = events.gfn.address();
    page->stats_gpa = stats.gfn.address();
    return SharedPages{page,
                       at_frame<lintel_time_record>(time.frame),
                       at_frame<lintel_events>(events.frame),
                       at_frame<lintel_vcpu_stats>(stats.frame),
                       root.gfn,
                       info.gfn};
}

} // namespace lintel
