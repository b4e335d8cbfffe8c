// SPDX-License-Identifier: Apache-2.0
#include "model.hpp"

#include <algorithm>

namespace vmrandom {

bool Model::beyond_end(const Page& page) const
{
    return page.kind != Kind::anonymous && !page.copied &&
           page.object_page >= objects_[page.object].pages.size();
}

Outcome Model::reach(std::uint32_t number, Rights need) const
{
    const Page& page = pages_[number];
    if (page.kind == Kind::none)
        return Outcome::unmapped;
    if ((page.rights & need) != need)
        return Outcome::refused;
    return beyond_end(page) ? Outcome::beyond_end : Outcome::done;
}

Outcome Model::reach_by_force(std::uint32_t number, bool write) const
{
    const Page& page = pages_[number];
    const bool refused =
        write && page.kind == Kind::shared; // only a private page is copied instead
    return reach(number, refused ? may_write : no_rights);
}

const Stamps* Model::known(std::uint32_t number) const
{
    const Page& page = pages_[number];
    if (page.kind == Kind::none)
        return nullptr;
    if (page.kind == Kind::anonymous || page.copied)
        return &page.own;
    if (beyond_end(page) || !share.has(page.object_page))
        return nullptr;
    return &objects_[page.object].pages[page.object_page];
}

std::uint32_t Model::first_hole(Range range) const
{
    while (range.count > 0 && pages_[range.first].kind != Kind::none)
        range = {range.first + 1, range.count - 1};
    return range.first;
}

bool Model::all_mapped(Range range) const
{
    return first_hole(range) == range.end();
}

bool Model::any_mapped(Range range) const
{
    return std::any_of(pages_.begin() + range.first, pages_.begin() + range.end(),
                       [](const Page& page) { return page.kind != Kind::none; });
}

Range Model::piece_at(std::uint32_t first) const
{
    std::uint32_t end = first;
    while (end < size() && pages_[end].kind != Kind::none &&
           pages_[end].piece == pages_[first].piece)
        end++;
    return {first, end - first};
}

std::optional<unsigned> Model::unused_object(unsigned generation) const
{
    std::array<bool, objects> used{};
    for (const Page& page : pages_)
        if (page.kind == Kind::shared || page.kind == Kind::private_file)
            used[page.object] = true;
    for (unsigned object = files; object < objects; object++)
        if (!used[object] &&
            (objects_[object].id == 0 || objects_[object].generation >= generation))
            return object;
    return {};
}

std::uint32_t Model::populatable(Range range, bool write) const
{
    for (std::uint32_t page = range.first; page < range.end(); page++) {
        const bool allowed = reach(page, write ? may_read | may_write : may_read) == Outcome::done;
        // If a copy is made, somebody has to be able to tell of what.
        const bool foretold = !write || pages_[page].kind == Kind::shared || known(page) != nullptr;
        if (!allowed || !foretold)
            return page - range.first;
    }
    return range.count;
}

void Model::make_object(unsigned object, std::uint32_t pages, std::uint64_t id, unsigned generation)
{
    objects_[object] = {id, generation, std::vector<Stamps>(pages)};
}

// Linux takes private copies of what is cut off away as well.
void Model::resize_file(unsigned file, std::uint32_t pages)
{
    objects_[file].pages.resize(pages);
    for (Page& page : pages_)
        if (page.kind == Kind::private_file && page.object == file && page.object_page >= pages)
            page.copied = false;
}

void Model::map(Range range, const Source& source, Rights rights)
{
    for (std::uint32_t n = 0; n < range.count; n++) {
        Page& page = pages_[range.first + n];
        page = {.kind = source.kind, .rights = rights, .piece = next_piece_};
        if (source.kind != Kind::anonymous) {
            page.object = static_cast<std::uint8_t>(source.object);
            page.object_page = source.page + n;
        }
    }
    next_piece_++;
}

void Model::unmap(Range range)
{
    std::fill_n(pages_.begin() + range.first, range.count, Page{});
}

void Model::separate(std::uint32_t first)
{
    if (first == 0 || first == size() || pages_[first].piece != pages_[first - 1].piece)
        return;
    const Range tail = piece_at(first);
    for (std::uint32_t page = tail.first; page < tail.end(); page++)
        pages_[page].piece = next_piece_;
    next_piece_++;
}

void Model::cut(Range range)
{
    separate(range.first);
    separate(range.end());
}

void Model::protect(Range range, Rights rights)
{
    cut(range);
    for (std::uint32_t page = range.first; page < range.end(); page++)
        if (pages_[page].kind != Kind::none)
            pages_[page].rights = rights;
}

void Model::move(Range from, Range to, bool leave)
{
    std::vector<Page> moved(pages_.begin() + from.first, pages_.begin() + from.end());
    cut(from);
    if (leave)
        discard(from);
    else
        unmap(from);
    Page next = moved.back();
    while (moved.size() < to.count) {
        next = {.kind = next.kind,
                .object = next.object,
                .rights = next.rights,
                .object_page = next.object_page + 1};
        moved.push_back(next);
    }
    for (std::uint32_t n = 0; n < to.count; n++) {
        pages_[to.first + n] = moved[n];
        pages_[to.first + n].piece = next_piece_;
    }
    next_piece_++;
}

void Model::grow(Range piece, std::uint32_t count)
{
    move(piece, {piece.first, count}, false);
}

void Model::discard(Range range)
{
    for (std::uint32_t number = range.first; number < range.end(); number++) {
        Page& page = pages_[number];
        page.copied = page.lazy = false;
        page.own = {};
    }
}

void Model::free_lazily(Range range)
{
    for (std::uint32_t page = range.first; page < range.end(); page++)
        pages_[page].lazy = true;
}

void Model::remove(Range range)
{
    for (std::uint32_t number = range.first; number < range.end(); number++) {
        const Page& page = pages_[number];
        if (!beyond_end(page))
            objects_[page.object].pages[page.object_page] = {};
    }
}

void Model::copy(std::uint32_t number)
{
    Page& page = pages_[number];
    if (page.kind != Kind::private_file || page.copied)
        return;
    page.own = objects_[page.object].pages[page.object_page];
    page.copied = true;
}

void Model::write(std::uint32_t number, unsigned sector, Stamp stamp)
{
    copy(number);
    Page& page = pages_[number];
    page.lazy = false;
    Stamps& stamps =
        page.kind == Kind::shared ? objects_[page.object].pages[page.object_page] : page.own;
    stamps[sector] = stamp;
}

} // namespace vmrandom
