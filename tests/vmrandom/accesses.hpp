// SPDX-License-Identifier: Apache-2.0
// Reading, writing and executing pages: by the processor, by the kernel for a process, by force,
// and past the mappings through the file. Most pages refuse something, and then have to.
#pragma once

#include "state.hpp"

namespace vmrandom {

template <Memory M>
void read_sector(State<M>& s, Who who, std::uint32_t page, unsigned sector, const char* how)
{
    Sector seen;
    const Outcome wanted = s.model.reach(page, may_read);
    s.expect(page, s.memory.read(who, page, sector, seen), wanted, how);
    if (wanted == Outcome::done)
        s.check(page, sector, seen, how);
}

// Whether the model could tell what a page is after a write to some of it.
template <Memory M>
bool foretold(State<M>& s, std::uint32_t page, Outcome reached)
{
    return reached != Outcome::done || s.model.known(page) != nullptr;
}

template <Memory M>
void write_sector(State<M>& s, Who who, std::uint32_t page, unsigned sector, Stamp stamp)
{
    const Outcome wanted = s.model.reach(page, may_read | may_write);
    const char* what = who == Who::witness ? "the witness's write" : "a write";
    s.expect(page, s.memory.write(who, page, sector, contents(stamp)), wanted, what);
    if (wanted == Outcome::done)
        s.model.write(page, sector, stamp);
}

// Sectors as bits. One that was freed lazily is known again only when all of it is written.
template <Memory M>
unsigned some_sectors(State<M>& s, std::uint32_t page)
{
    const unsigned drawn =
        s.random.chance(60) ? 1u << s.random.below(sectors) : s.random.below(256);
    return s.model.page(page).lazy ? 0xff : drawn;
}

template <Memory M>
void write_page(State<M>& s, Who who, std::uint32_t page)
{
    const Stamp stamp = s.some_stamp();
    const unsigned mask = some_sectors(s, page);
    if (!foretold(s, page, s.model.reach(page, may_read | may_write)))
        return;
    for (unsigned sector = 0; sector < sectors; sector++)
        if (mask >> sector & 1)
            write_sector(s, who, page, sector, stamp + sector);
}

template <Memory M>
void write_pages(State<M>& s)
{
    const Range range = s.some_range();
    s.note(range);
    for (std::uint32_t page = range.first; page < range.end(); page++)
        write_page(s, Who::worker, page);
}

template <Memory M>
void read_pages(State<M>& s)
{
    const Range range = s.some_range();
    for (std::uint32_t page = range.first; page < range.end(); page++)
        read_sector(s, Who::worker, page, s.random.below(sectors), "a read");
}

template <Memory M>
void execute(State<M>& s)
{
    const std::uint32_t page = s.random.below(s.model.size());
    const unsigned sector = s.random.below(sectors);
    // Linux brings the page of a readable mapping in before it looks whether that may be executed.
    const Outcome read = s.model.reach(page, may_read);
    const Outcome wanted = read == Outcome::done ? s.model.reach(page, may_execute) : read;
    const Stamps* known = s.model.known(page);
    const Stamp stamp = known != nullptr ? (*known)[sector] : 0;
    if (wanted == Outcome::done && (stamp == 0 || s.model.page(page).lazy))
        return; // zeros are no function
    Stamp seen = 0;
    s.expect(page, s.memory.execute(page, sector, seen), wanted, "executing");
    if (wanted == Outcome::done && seen != stamp)
        throw Failure{page,
                      "executing stamp " + std::to_string(stamp) + " gave " + std::to_string(seen)};
    s.note(seen);
}

inline Outcome possible(bool answer)
{
    return answer ? Outcome::done : Outcome::refused;
}

inline Outcome possible(Outcome reached)
{
    return possible(reached == Outcome::done);
}

template <Memory M>
void kernel_access(State<M>& s)
{
    const std::uint32_t page = s.random.below(s.model.size());
    const Path path = s.random.chance(50) ? Path::pipe : Path::remote;
    const bool write = s.random.chance(60);
    const Outcome reached = s.model.reach(page, write ? may_read | may_write : may_read);
    const Stamp stamp = s.some_stamp();
    const unsigned mask = some_sectors(s, page);
    if (write && !foretold(s, page, reached))
        return;
    for (unsigned sector = 0; sector < sectors; sector++) {
        if (!(mask >> sector & 1))
            continue;
        Sector seen;
        const bool answer =
            write ? s.memory.kernel_write(path, page, sector, contents(stamp + sector))
                  : s.memory.kernel_read(path, page, sector, seen);
        s.expect(page, possible(answer), possible(reached), "the kernel's access");
        if (answer && write)
            s.model.write(page, sector, stamp + sector);
        else if (answer)
            s.check(page, sector, seen, "the kernel's read");
    }
    s.note(page);
}

template <Memory M>
void force_read(State<M>& s, std::uint32_t page, unsigned sector)
{
    Sector seen;
    const Outcome reached = s.model.reach_by_force(page, false);
    s.expect(page, possible(s.memory.force_read(page, sector, seen)), possible(reached),
             "a debugger's read");
    if (reached == Outcome::done)
        s.check(page, sector, seen, "a debugger's read");
}

template <Memory M>
void force_write(State<M>& s)
{
    const std::uint32_t page = s.random.below(s.model.size());
    const Outcome reached = s.model.reach_by_force(page, true);
    const Stamp stamp = s.some_stamp();
    const unsigned mask = some_sectors(s, page);
    if (!foretold(s, page, reached))
        return;
    for (unsigned sector = 0; sector < sectors; sector++) {
        if (!(mask >> sector & 1))
            continue;
        const bool answer = s.memory.force_write(page, sector, contents(stamp + sector));
        s.expect(page, possible(answer), possible(reached), "a debugger's write");
        if (answer)
            s.model.write(page, sector, stamp + sector);
    }
    s.note(page);
}

// Where mappings of a file and its contents have to agree without any write-back.
template <Memory M>
void file_access(State<M>& s)
{
    const unsigned file = s.random.below(files);
    Object& object = s.model.object(file);
    const std::uint32_t page = s.random.below(s.settings.pages / 8);
    const unsigned sector = s.random.below(sectors);
    const Stamp stamp = s.some_stamp();
    if (page >= object.pages.size() || !s.model.share.has(page))
        return;
    Stamp& known = object.pages[page][sector];
    Sector seen;
    if (s.random.chance(50)) {
        if (!s.memory.file_write(file, page, sector, contents(stamp)))
            throw Failure{0, "cannot write to the file"};
        known = stamp;
    } else if (!s.memory.file_read(file, page, sector, seen) || seen != contents(known)) {
        throw Failure{0, "page " + std::to_string(page) + " of file " + std::to_string(file) +
                             " is not what was written through a mapping"};
    }
    s.note(known);
}

// Everything that is mapped, also what may not be read; and that what must not be touched, cannot.
template <Memory M>
void verify(State<M>& s)
{
    for (std::uint32_t page = 0; page < s.model.size(); page++) {
        if (s.model.page(page).kind == Kind::none && page % 16 != s.operation % 16)
            continue; // faults are slow
        const bool by_force = s.model.reach(page, may_read) == Outcome::refused;
        for (unsigned sector = 0; sector < sectors; sector++) {
            if (by_force)
                force_read(s, page, sector);
            if (!by_force || (sector == 0 && page % 16 == s.operation % 16))
                read_sector(s, Who::worker, page, sector, "verification");
            if (s.model.reach(page, may_read) == Outcome::unmapped)
                break;
        }
    }
}

} // namespace vmrandom
