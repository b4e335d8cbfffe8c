// SPDX-License-Identifier: Apache-2.0
// The part of PlantedMemory that changes mappings.
#include <algorithm>
#include <cerrno>

#include "planted_memory.hpp"

namespace vmrandom {

int PlantedMemory::map(Range range, const Source& source, Rights rights, Placement placement)
{
    if (placement == Placement::unless_taken && any_mapped(range))
        return EEXIST;
    forget_translations();
    std::shared_ptr<Shared> object;
    if (source.kind != Kind::anonymous)
        object = source.object < files ? files_[source.object] : std::make_shared<Shared>();
    if (object && source.object >= files)
        object->pages.resize(range.count);
    for (std::uint32_t n = 0; n < range.count; n++) {
        Entry& entry = entries_[range.first + n];
        const FramePointer old = entry.frame;
        entry = {.kind = source.kind,
                 .rights = rights,
                 .object = object,
                 .object_page = source.page + n};
        if (plants(Planted::anonymous_pages_are_not_cleared) && source.kind == Kind::anonymous)
            entry.frame = old;
    }
    return 0;
}

int PlantedMemory::unmap(Range range)
{
    forget_translations();
    if (plants(Planted::unmap_keeps_the_last_page))
        range.count--;
    std::fill_n(entries_.begin() + range.first, range.count, Entry{});
    return 0;
}

int PlantedMemory::protect(Range range, Rights rights)
{
    forget_translations();
    if (plants(Planted::protect_forgets_the_last_page) && range.count > 1)
        range.count--;
    for (std::uint32_t page = range.first; page < range.end(); page++) {
        if (entries_[page].kind == Kind::none)
            return plants(Planted::protect_answers_success_over_a_hole) ? 0 : ENOMEM;
        entries_[page].rights = rights;
    }
    return 0;
}

int PlantedMemory::move(Range from, Range to, bool leave)
{
    if (to.first < from.end() && from.first < to.end())
        return EINVAL;
    forget_translations();
    std::vector<Entry> moved(entries_.begin() + from.first, entries_.begin() + from.end());
    for (std::uint32_t page = from.first; page < from.end(); page++) {
        if (leave && !plants(Planted::move_leaves_what_it_moved)) {
            entries_[page].frame = nullptr;
            entries_[page].lazy = false;
        } else if (!leave) {
            entries_[page] = {};
        }
    }
    if (plants(Planted::move_swaps_two_pages) && moved.size() > 1)
        std::swap(moved[0].frame, moved[1].frame);
    while (moved.size() < to.count) {
        Entry next = moved.back();
        next.object_page++;
        next.frame = nullptr;
        next.lazy = false;
        moved.push_back(next);
    }
    std::copy_n(moved.begin(), to.count, entries_.begin() + to.first);
    return 0;
}

int PlantedMemory::resize(Range range, std::uint32_t pages)
{
    const Range whole{range.first, pages};
    if (pages < range.count)
        return unmap({whole.end(), range.count - pages});
    if (any_mapped({range.end(), pages - range.count}) &&
        !plants(Planted::grow_goes_over_neighbours))
        return ENOMEM;
    for (std::uint32_t page = range.end(); page < whole.end(); page++) {
        entries_[page] = entries_[page - 1];
        entries_[page].object_page++;
        entries_[page].frame = nullptr;
        entries_[page].lazy = false;
    }
    return 0;
}

// Lazily freed pages are gone by that, all others come back as they were.
void PlantedMemory::page_out(Range range)
{
    Entry* previous = nullptr;
    for (std::uint32_t page = range.first; page < range.end(); page++) {
        Entry& entry = entries_[page];
        if (entry.lazy)
            entry = {.kind = entry.kind, .rights = entry.rights};
        if (!entry.frame)
            continue;
        if (plants(Planted::page_out_loses_a_sector))
            (*entry.frame)[page % sectors] = {};
        if (plants(Planted::page_out_brings_back_another_page) && previous != nullptr)
            std::swap(entry.frame, previous->frame);
        previous = &entry;
    }
}

int PlantedMemory::advise(Range range, Advice advice)
{
    forget_translations();
    const bool one_less =
        (advice == Advice::dont_need && plants(Planted::dont_need_keeps_a_page)) ||
        (advice == Advice::remove && plants(Planted::remove_keeps_a_page));
    const Range changed{range.first, range.count - (one_less && range.count > 1)};
    const auto each = [&](auto&& change) {
        std::for_each(entries_.begin() + changed.first, entries_.begin() + changed.end(), change);
    };
    switch (advice) {
    case Advice::dont_need:
        each([](Entry& entry) {
            entry.frame = nullptr;
            entry.lazy = false;
        });
        break;
    case Advice::free:
        if (entries_[range.first].kind != Kind::anonymous)
            return EINVAL;
        each([](Entry& entry) { entry.lazy = true; });
        break;
    case Advice::remove:
        each([](Entry& entry) {
            if (entry.object_page < entry.object->pages.size())
                entry.object->pages[entry.object_page] = nullptr;
        });
        break;
    case Advice::populate_write:
        each([this](Entry& entry) {
            if (entry.kind != Kind::shared && !plants(Planted::populate_makes_no_copy))
                frame_to_write(entry);
        });
        break;
    case Advice::page_out:
        page_out(range);
        break;
    case Advice::collapse:
        if (plants(Planted::collapse_moves_the_last_page))
            std::swap(entries_[range.first].frame, entries_[range.end() - 1].frame);
        break;
    default:
        break;
    }
    return advice == Advice::collapse || all_mapped(range) ? 0 : ENOMEM;
}

int PlantedMemory::resize_file(unsigned file, std::uint32_t pages)
{
    forget_translations();
    files_[file]->pages.resize(pages);
    if (plants(Planted::cutting_a_file_keeps_copies))
        return 0;
    for (Entry& entry : entries_)
        if (entry.object == files_[file] && entry.object_page >= pages)
            entry.frame = nullptr;
    return 0;
}

} // namespace vmrandom
