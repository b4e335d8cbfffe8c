// SPDX-License-Identifier: Apache-2.0
#include "planted_memory.hpp"

#include <algorithm>
#include <cerrno>

namespace vmrandom {

namespace {

constexpr Rights read_write = may_read | may_write;

} // namespace

bool PlantedMemory::beyond_end(const Entry& entry) const
{
    return entry.object && !entry.frame && entry.object_page >= entry.object->pages.size();
}

Outcome PlantedMemory::reach(const Entry& entry, Rights need) const
{
    if (entry.kind == Kind::none)
        return plants(Planted::unmapped_is_told_as_refused) ? Outcome::refused : Outcome::unmapped;
    if ((entry.rights & need) != need)
        return Outcome::refused;
    const bool beyond = beyond_end(entry) && !plants(Planted::end_of_file_is_not_noticed);
    return beyond ? Outcome::beyond_end : Outcome::done;
}

bool PlantedMemory::any_mapped(Range range) const
{
    return std::any_of(entries_.begin() + range.first, entries_.begin() + range.end(),
                       [](const Entry& entry) { return entry.kind != Kind::none; });
}

bool PlantedMemory::all_mapped(Range range) const
{
    return std::all_of(entries_.begin() + range.first, entries_.begin() + range.end(),
                       [](const Entry& entry) { return entry.kind != Kind::none; });
}

PlantedMemory::FramePointer PlantedMemory::frame_to_read(const Entry& entry) const
{
    if (entry.frame)
        return entry.frame;
    if (!entry.object || entry.object_page >= entry.object->pages.size())
        return zeros_;
    FramePointer& page = entry.object->pages[entry.object_page];
    if (!page)
        page = std::make_shared<Frame>();
    return page;
}

PlantedMemory::FramePointer PlantedMemory::frame_to_write(Entry& entry)
{
    if (entry.kind == Kind::shared)
        return frame_to_read(entry);
    const auto witnessed = std::count_if(witness_.begin(), witness_.end(), [&](const auto& known) {
        return known.second.frame == entry.frame;
    });
    const bool shared = entry.frame.use_count() > 1 + witnessed; // with another process
    if (!entry.frame || (shared && !plants(Planted::fork_copies_nothing_on_write)))
        entry.frame = std::make_shared<Frame>(*frame_to_read(entry));
    if (!plants(Planted::free_takes_what_was_written_since))
        entry.lazy = false;
    return entry.frame;
}

void PlantedMemory::forget_translations()
{
    if (!plants(Planted::witness_keeps_its_translation))
        witness_.clear();
}

Outcome PlantedMemory::read(Who who, std::uint32_t page, unsigned sector, Sector& into)
{
    const Entry& entry = entries_[page];
    const auto known = witness_.find(page);
    if (who == Who::witness && known != witness_.end() && known->second.rights & may_read) {
        into = (*known->second.frame)[sector];
        return Outcome::done;
    }
    const Outcome outcome = reach(entry, may_read);
    if (outcome != Outcome::done)
        return outcome;
    const FramePointer frame = frame_to_read(entry);
    into = (*frame)[sector];
    if (who == Who::witness)
        witness_[page] = {frame, entry.rights & ~may_write};
    return outcome;
}

Outcome PlantedMemory::write(Who who, std::uint32_t page, unsigned sector, const Sector& from)
{
    Entry& entry = entries_[page];
    const auto known = witness_.find(page);
    if (who == Who::witness && known != witness_.end() && known->second.rights & may_write) {
        (*known->second.frame)[sector] = from;
        return Outcome::done;
    }
    const Outcome outcome = reach(entry, read_write);
    if (outcome != Outcome::done)
        return outcome;
    const FramePointer frame = frame_to_write(entry);
    (*frame)[sector] = from;
    witness_.erase(page); // of a read-only frame, before it was copied
    if (who == Who::witness)
        witness_[page] = {frame, entry.rights};
    return outcome;
}

Outcome PlantedMemory::execute(std::uint32_t page, unsigned sector, Stamp& stamp)
{
    const Entry& entry = entries_[page];
    const Rights need = plants(Planted::everything_can_be_executed) ? no_rights : may_execute;
    const Outcome readable = reach(entry, may_read);
    const Outcome outcome = readable == Outcome::done ? reach(entry, need) : readable;
    if (outcome == Outcome::done)
        stamp = static_cast<Stamp>((*frame_to_read(entry))[sector][0] >> 8);
    return outcome;
}

bool PlantedMemory::kernel_read(Path, std::uint32_t page, unsigned sector, Sector& into)
{
    return read(Who::worker, page, sector, into) == Outcome::done;
}

bool PlantedMemory::kernel_write(Path, std::uint32_t page, unsigned sector, const Sector& from)
{
    Entry& entry = entries_[page];
    if (plants(Planted::kernel_ignores_rights) && reach(entry, no_rights) == Outcome::done)
        (*frame_to_write(entry))[sector] = from;
    return write(Who::worker, page, sector, from) == Outcome::done;
}

bool PlantedMemory::force_read(std::uint32_t page, unsigned sector, Sector& into)
{
    if (reach(entries_[page], no_rights) != Outcome::done)
        return false;
    into = (*frame_to_read(entries_[page]))[sector];
    return true;
}

bool PlantedMemory::force_write(std::uint32_t page, unsigned sector, const Sector& from)
{
    Entry& entry = entries_[page];
    if (reach(entry, entry.kind == Kind::shared ? read_write : no_rights) != Outcome::done)
        return false;
    witness_.erase(page);
    (*(plants(Planted::force_write_reaches_the_file) ? frame_to_read(entry)
                                                     : frame_to_write(entry)))[sector] = from;
    return true;
}

bool PlantedMemory::file_read(unsigned file, std::uint32_t page, unsigned sector, Sector& into)
{
    into = (*frame_to_read(
        {.kind = Kind::shared, .object = files_[file], .object_page = page}))[sector];
    return true;
}

bool PlantedMemory::file_write(unsigned file, std::uint32_t page, unsigned sector,
                               const Sector& from)
{
    (*frame_to_read({.kind = Kind::shared, .object = files_[file], .object_page = page}))[sector] =
        from;
    return true;
}

PlantedMemory::Child PlantedMemory::start_child(const std::function<Report(PlantedMemory&)>& body)
{
    PlantedMemory copy{*this};
    forget_translations();
    copy.witness_.clear();
    if (plants(Planted::fork_separates_shared_pages))
        for (Entry& entry : copy.entries_)
            if (entry.kind == Kind::shared)
                entry.object = std::make_shared<Shared>();
    return std::make_shared<Report>(body(copy));
}

} // namespace vmrandom
