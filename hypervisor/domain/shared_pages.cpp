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
    std::uint64_t count; // pages in a row
};

class Builder {
public:
    Builder(FrameBag& bag, GuestPhysicalMap& map, GfnRange place)
        : bag_{bag}, map_{map}, place_{place}
    {
    }
    // Cleared pages in a row that the guest sees with these rights.
    Result<Placed> pages(ept::Access access, std::uint64_t count = 1)
    {
        const auto order = static_cast<unsigned>(std::bit_width(count - 1));
        const Mfn first = TRY(allocate_cleared(order, bag_));
        const Placed placed{first, next(first, count), count};
        TRY(map_.map({placed.gfn, count}, first, access, ept::MemoryType::write_back));
        return placed;
    }
    // Shows pages at `address` of the window, one table per 2 MiB.
    Result<> show(Placed directory, std::uint64_t address, Placed shown, std::uint64_t rights)
    {
        const Placed table = TRY(pages(ept::Access::r));
        at_frame<std::uint64_t>(directory.frame)[address >> 21 & 511] = link(table);
        for (unsigned at = 0; at < shown.count; ++at)
            at_frame<std::uint64_t>(table.frame)[(address >> 12 & 511) + at] =
                (shown.gfn + at).address() | present | accessed_dirty | global | no_execute | rights;
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
                                      std::uint32_t grant_entries, std::uint32_t command_pages,
                                      GfnRange place)
{
    Builder builder{bag, map, place};
    const Placed info = TRY(builder.pages(ept::Access::r));
    const Placed time = TRY(builder.pages(ept::Access::r));
    const Placed events = TRY(builder.pages(ept::Access::rw));
    const Placed stats =
        TRY(builder.pages(ept::Access::r, pages_for(vcpus * sizeof(lintel_vcpu_stats))));
    const Placed grants =
        TRY(builder.pages(ept::Access::rw, pages_for(grant_entries * sizeof(std::uint64_t))));
    Placed commands{};
    if (command_pages != 0)
        commands = TRY(builder.pages(ept::Access::rw, command_pages));
    const Placed root = TRY(builder.pages(ept::Access::r));
    const Placed directory = TRY(builder.pages(ept::Access::r));
    at_frame<std::uint64_t>(root.frame)[0] = Builder::link(directory);
    TRY(builder.show(directory, LINTEL_WINDOW_INFO, info, 0));
    TRY(builder.show(directory, LINTEL_WINDOW_TIME, time, 0));
    TRY(builder.show(directory, LINTEL_WINDOW_EVENTS, events, writable));
    TRY(builder.show(directory, LINTEL_WINDOW_STATS, stats, 0));
    TRY(builder.show(directory, LINTEL_WINDOW_GRANTS, grants, writable));

    if (command_pages != 0)
        TRY(builder.show(directory, LINTEL_WINDOW_COMMAND, commands, writable));

    auto* page = at_frame<lintel_info>(info.frame);
    page->window_root = root.gfn.address();
    page->time_gpa = time.gfn.address();
    page->events_gpa = events.gfn.address();
    page->stats_gpa = stats.gfn.address();
    page->grants_gpa = grants.gfn.address();
    page->commands_gpa = commands.gfn.address();
    return SharedPages{page,
                       at_frame<lintel_time_record>(time.frame),
                       at_frame<lintel_events>(events.frame),
                       at_frame<lintel_vcpu_stats>(stats.frame),
                       at_frame<std::uint64_t>(grants.frame),
                       command_pages != 0 ? at_frame<std::uint64_t>(commands.frame) : nullptr,
                       root.gfn,
                       info.gfn};
}

} // namespace lintel
