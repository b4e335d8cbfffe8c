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

struct Builder {
    GuestPhysicalMap& map;
    Gfn (*place)(Mfn);

    // 2^order cleared pages in a row that the guest sees with these rights.
    Result<Mfn> page(ept::Access access, unsigned order = 0)
    {
        const Mfn first = TRY(frames().allocate(order, Owner::hypervisor));
        __builtin_memset(at_frame(first), 0, page_size << order);
        TRY(map.map({place(first), 1ull << order}, first, access, ept::MemoryType::write_back));
        return first;
    }
    // Shows pages at `address` of the window, one table per 2 MiB.
    Result<> show(Mfn directory, std::uint64_t address, Mfn page, std::uint64_t rights,
                  unsigned order = 0)
    {
        const Mfn table = TRY(this->page(ept::Access::r));
        at_frame<std::uint64_t>(directory)[address >> 21 & 511] =
            place(table).address() | present | writable | accessed_dirty;
        for (unsigned at = 0; at < 1u << order; ++at)
            at_frame<std::uint64_t>(table)[(address >> 12 & 511) + at] =
                place(page + at).address() | present | accessed_dirty | global | no_execute | rights;
        return {};
    }
};

} // namespace

Result<SharedPages> make_shared_pages(GuestPhysicalMap& map, std::uint32_t vcpus,
                                      Gfn (*place)(Mfn))
{
    const auto stats_order =
        static_cast<unsigned>(std::bit_width(pages_for(vcpus * sizeof(lintel_vcpu_stats)) - 1));
    Builder builder{map, place};
    const Mfn info = TRY(builder.page(ept::Access::r));
    const Mfn time = TRY(builder.page(ept::Access::r));
    const Mfn events = TRY(builder.page(ept::Access::rw));
    const Mfn stats = TRY(builder.page(ept::Access::r, stats_order));
    const Mfn root = TRY(builder.page(ept::Access::r));
    const Mfn directory = TRY(builder.page(ept::Access::r));
    at_frame<std::uint64_t>(root)[0] =
        place(directory).address() | present | writable | accessed_dirty;
    TRY(builder.show(directory, LINTEL_WINDOW_INFO, info, 0));
    TRY(builder.show(directory, LINTEL_WINDOW_TIME, time, 0));
    TRY(builder.show(directory, LINTEL_WINDOW_EVENTS, events, writable));
    TRY(builder.show(directory, LINTEL_WINDOW_STATS, stats, 0, stats_order));

    auto* page = at_frame<lintel_info>(info);
    page->window_root = place(root).address();
    page->time_gpa = place(time).address();
    page->events_gpa = place(events).address();
    page->stats_gpa = place(stats).address();
    return SharedPages{page, at_frame<lintel_time_record>(time), at_frame<lintel_events>(events),
                       at_frame<lintel_vcpu_stats>(stats), place(root)};
}

} // namespace lintel
