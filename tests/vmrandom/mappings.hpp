// SPDX-License-Identifier: Apache-2.0
// Operations that change what is mapped, and how. Around those that take something away the witness
// looks at a page of it, so that its CPU holds a translation that has to go.
#pragma once

#include <cerrno>
#include <type_traits>

#include "accesses.hpp"

namespace vmrandom {

// Calls `change` between two looks of another CPU at one page of the range, the second of which has
// to see what the model says by then.
template <Memory M, typename Change>
void witnessed(State<M>& s, Range range, Change change)
{
    if (s.random.chance(50))
        return change();
    const std::uint32_t page = range.first + s.random.below(range.count);
    const unsigned sector = s.random.below(sectors);
    const bool write = s.random.chance(50);
    const auto look = [&](const char* how) {
        if (write)
            write_page(s, Who::witness, page);
        read_sector(s, Who::witness, page, sector, how);
    };
    look("the witness's read");
    change();
    look("the witness's read after a change");
}

template <Memory M>
Source some_source(State<M>& s, std::uint32_t pages)
{
    const unsigned file = s.random.below(files);
    const std::uint32_t first = s.random.below(s.settings.pages / 16 + 8);
    switch (s.random.below(10)) {
    case 0:
    case 1:
    case 2:
        return {Kind::private_file, file, first};
    case 3:
    case 4:
        return {Kind::shared, file, first};
    case 5:
        if (const auto object = s.model.unused_object(s.generation);
            object && pages <= s.settings.pages / 8)
            return {Kind::shared, *object, 0};
        [[fallthrough]];
    default:
        return {};
    }
}

template <Memory M>
void map(State<M>& s)
{
    const Range range = s.some_range();
    const Rights rights = s.some_rights();
    const Source source = some_source(s, range.count);
    const bool file = source.kind != Kind::anonymous && source.object < files;
    // Populating stops where a file ends, and copies pages of a private file.
    const Placement placement = s.random.chance(20)            ? Placement::unless_taken
                                : !file && s.random.chance(15) ? Placement::populate
                                                               : Placement::replace;
    const std::uint64_t id = s.random.next();
    s.note(range);
    s.note(static_cast<unsigned>(source.kind) << 16 | source.object << 8 | rights);
    const bool taken = placement == Placement::unless_taken && s.model.any_mapped(range);
    witnessed(s, range, [&] {
        s.expect(range, s.memory.map(range, source, rights, placement), taken ? EEXIST : 0, "mmap");
        if (taken)
            return;
        if (source.kind == Kind::shared && !file)
            s.model.make_object(source.object, range.count, id, s.generation);
        s.model.map(range, source, rights);
    });
}

template <Memory M>
void unmap(State<M>& s)
{
    const Range range = s.random.chance(3) ? Range{0, s.model.size()} : s.some_range();
    s.note(range);
    witnessed(s, range, [&] {
        s.expect(range, s.memory.unmap(range), 0, "munmap");
        s.model.unmap(range);
    });
}

template <Memory M>
void protect(State<M>& s)
{
    const Range range = s.some_range();
    const Rights rights = s.some_rights();
    s.note(range);
    s.note(rights);
    witnessed(s, range, [&] {
        const std::uint32_t hole = s.model.first_hole(range); // what lies before it is changed
        s.expect(range, s.memory.protect(range, rights), hole == range.end() ? 0 : ENOMEM,
                 "mprotect");
        if (hole > range.first)
            s.model.protect({range.first, hole - range.first}, rights);
    });
}

// To another place: as it is, with a part cut off or added, or leaving empty pages behind.
template <Memory M>
void move(State<M>& s)
{
    const Range from = s.some_piece();
    if (from.count == 0)
        return;
    const bool leave = s.model.page(from.first).kind == Kind::anonymous && s.random.chance(30);
    const bool resize = !leave && s.random.chance(40);
    const std::uint32_t most = std::min(s.model.size(), 2 * from.count);
    const std::uint32_t count = resize ? s.random.between(1, most) : from.count;
    std::uint32_t first = s.random.below(s.model.size() - count + 1);
    if (first % huge_pages > from.first % huge_pages && s.random.chance(30))
        first -= first % huge_pages - from.first % huge_pages; // whole page tables can be moved
    const Range to{first, count};
    s.note(from);
    s.note(to);
    if (to.first < from.end() && from.first < to.end())
        return s.expect(from, s.memory.move(from, to, leave), EINVAL, "mremap onto itself");
    witnessed(s, from, [&] {
        s.expect(from, s.memory.move(from, to, leave), 0, "mremap");
        s.model.move(from, to, leave);
    });
}

template <Memory M>
void grow(State<M>& s)
{
    const Range piece = s.model.piece_at(s.random.below(s.model.size()));
    const std::uint32_t more = s.random.between(1, 64);
    if (piece.count == 0 || piece.end() + more > s.model.size())
        return;
    const Range whole{piece.first, piece.count + more};
    const bool taken = s.model.any_mapped({piece.end(), more});
    s.note(whole);
    s.expect(piece, s.memory.resize(piece, whole.count), taken ? ENOMEM : 0, "mremap in place");
    if (!taken)
        s.model.grow(piece, whole.count);
}

template <Memory M>
void shrink(State<M>& s)
{
    const Range piece = s.model.piece_at(s.random.below(s.model.size()));
    if (piece.count < 2)
        return;
    const std::uint32_t count = s.random.between(1, piece.count - 1);
    const Range tail{piece.first + count, piece.count - count};
    s.note(piece);
    s.note(count);
    witnessed(s, tail, [&] {
        s.expect(piece, s.memory.resize(piece, count), 0, "mremap to fewer pages");
        s.model.unmap(tail);
    });
}

template <Memory M>
void resize_file(State<M>& s)
{
    const unsigned file = s.random.below(files);
    const std::uint32_t pages = s.random.below(s.settings.pages / 8) + 1;
    if (!s.model.share.all())
        return; // others use it
    s.note(pages);
    witnessed(s, {s.random.below(s.model.size()), 1}, [&] {
        s.expect(Range{0, pages}, s.memory.resize_file(file, pages), 0, "ftruncate");
        s.model.resize_file(file, pages);
    });
}

template <Memory M>
void change_cpu(State<M>& s)
{
    s.memory.change_cpu(s.random.below(64));
}

} // namespace vmrandom
