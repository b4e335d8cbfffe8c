// SPDX-License-Identifier: Apache-2.0
// madvise(2): what takes contents away, and what must not change any.
#pragma once

#include "mappings.hpp"

namespace vmrandom {

template <Memory M>
void dont_need(State<M>& s)
{
    const Range range = s.some_range();
    s.note(range);
    witnessed(s, range, [&] {
        const int wanted = s.model.all_mapped(range) ? 0 : ENOMEM; // done all the same
        s.expect(range, s.memory.advise(range, Advice::dont_need), wanted, "MADV_DONTNEED");
        s.model.discard(range);
    });
}

template <Memory M>
void free_lazily(State<M>& s)
{
    Range range = s.some_piece();
    if (range.count == 0)
        return;
    const bool anonymous = s.model.page(range.first).kind == Kind::anonymous;
    s.note(range);
    s.expect(range, s.memory.advise(range, Advice::free), anonymous ? 0 : EINVAL, "MADV_FREE");
    if (anonymous)
        s.model.free_lazily(range);
}

// Reclaim, swap, huge pages: a page is elsewhere afterwards, and is the same.
template <Memory M>
void without_effect(State<M>& s)
{
    constexpr Advice all[] = {Advice::cold,     Advice::page_out,  Advice::page_out,
                              Advice::page_out, Advice::will_need, Advice::huge,
                              Advice::huge,     Advice::no_huge};
    const Advice advice = all[s.random.below(std::size(all))];
    const Range range = s.some_range();
    s.note(range);
    s.note(static_cast<unsigned>(advice));
    witnessed(s, range, [&] {
        const int wanted = s.model.all_mapped(range) ? 0 : ENOMEM;
        s.expect(range, s.memory.advise(range, advice), wanted, "madvise");
        if (advice == Advice::huge || advice == Advice::no_huge)
            s.model.cut(range);
    });
}

// Whether there is a huge page to be had is the kernel's affair. Huge pages of files reach beyond
// their end, and so do accesses then.
template <Memory M>
void collapse(State<M>& s)
{
    const std::uint32_t places = s.model.size() / huge_pages;
    if (places == 0)
        return;
    const Range range{s.random.below(places) * huge_pages, huge_pages};
    for (std::uint32_t page = range.first; page < range.end(); page++)
        if (s.model.page(page).kind != Kind::none && s.model.page(page).kind != Kind::anonymous)
            return;
    s.note(range);
    witnessed(s, range, [&] {
        const int answer = s.memory.advise(range, Advice::collapse);
        if (answer != EINVAL && answer != ENOMEM && answer != EAGAIN && answer != EBUSY)
            s.expect(range, answer, 0, "MADV_COLLAPSE");
    });
}

template <Memory M>
void populate(State<M>& s)
{
    const bool write = s.random.chance(60);
    Range range = s.some_piece_of(Kind::private_file); // copies are made there
    range.count = s.model.populatable(range, write);
    if (range.count == 0)
        return;
    s.note(range);
    s.expect(range, s.memory.advise(range, write ? Advice::populate_write : Advice::populate_read),
             0, "MADV_POPULATE");
    for (std::uint32_t page = range.first; write && page < range.end(); page++)
        s.model.copy(page);
}

template <Memory M>
void remove(State<M>& s)
{
    const Range range = s.some_piece_of(Kind::shared);
    if (range.count == 0 || s.model.page(range.first).kind != Kind::shared || !s.model.share.all())
        return;
    if (!(s.model.page(range.first).rights & may_write))
        return; // kernels differ in whether it may then
    s.note(range);
    witnessed(s, range, [&] {
        s.expect(range, s.memory.advise(range, Advice::remove), 0, "MADV_REMOVE");
        s.model.remove(range);
    });
}

} // namespace vmrandom
