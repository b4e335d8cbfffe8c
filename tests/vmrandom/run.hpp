// SPDX-License-Identifier: Apache-2.0
// A run: operations drawn by weight, children that run the same way beside their parent, and a
// verification of everything at intervals.
#pragma once

#include <vector>

#include "advices.hpp"

namespace vmrandom {

template <Memory M>
void run(State<M>& s, std::uint64_t count);

// What a child has written to objects that it shares with its parent, and its digest.
template <Memory M>
Report report(const State<M>& s)
{
    Report words;
    const auto add = [&](std::uint64_t value) {
        words.push_back(static_cast<std::uint32_t>(value));
        words.push_back(static_cast<std::uint32_t>(value >> 32));
    };
    add(s.digest.value());
    for (unsigned number = 0; number < objects; number++) {
        const Object& object = s.model.object(number);
        add(object.id);
        words.push_back(static_cast<std::uint32_t>(object.pages.size()));
        for (const Stamps& page : object.pages)
            words.insert(words.end(), page.begin(), page.end());
    }
    return words;
}

template <Memory M>
void take(State<M>& s, const Report& words, Share share)
{
    std::size_t at = 0;
    const auto next = [&] {
        const std::uint64_t low = words.at(at++);
        return low | std::uint64_t{words.at(at++)} << 32;
    };
    s.note(next());
    for (unsigned number = 0; number < objects; number++) {
        Object& object = s.model.object(number);
        const bool same = next() == object.id; // else one of the two has made another in its place
        const std::uint32_t pages = words.at(at++);
        for (std::uint32_t page = 0; page < pages; page++)
            for (unsigned sector = 0; sector < sectors; sector++, at++)
                if (same && share.has(page))
                    object.pages.at(page)[sector] = words.at(at);
    }
}

// Children begin with what their parent has. All go on at the same time, then the parent takes over
// what they have written to shared pages, and verifies that they have written nothing else.
template <Memory M>
void fork_children(State<M>& s)
{
    if (s.settings.processes == 0 || s.generation == s.settings.generations)
        return;
    const Share whole = s.model.share;
    const std::uint32_t count = s.random.between(1, s.settings.processes);
    std::vector<typename M::Child> children;
    const std::uint32_t page = s.random.below(s.model.size());
    write_page(s, Who::witness, page); // its CPU holds a translation that lets it write
    for (unsigned object = 0; object < objects; object++) // all that are there now are inherited
        s.model.object(object).generation =
            std::min(s.model.object(object).generation, s.generation);
    s.generation++;
    for (std::uint32_t child = 1; child <= count; child++) {
        const std::uint64_t seed = s.random.next();
        const Share part = whole.divide(child, count + 1);
        children.push_back(s.memory.start_child([&s, seed, part](M& memory) {
            State<M> own{memory, s.settings, seed};
            own.model = s.model;
            own.model.share = part;
            own.generation = s.generation;
            run(own, s.settings.child_operations);
            return report(own);
        }));
    }
    s.model.share = whole.divide(0, count + 1);
    write_page(s, Who::witness, page);
    run(s, s.settings.child_operations);
    for (std::uint32_t child = 1; child <= count; child++)
        take(s, s.memory.join(children[child - 1]), whole.divide(child, count + 1));
    s.generation--;
    s.model.share = whole;
    verify(s);
}

template <Memory M>
struct Operation {
    unsigned weight;
    void (*perform)(State<M>&);
};

template <Memory M>
inline constexpr Operation<M> operations[] = {
    {150, map<M>},          {40, unmap<M>},          {80, protect<M>},     {40, move<M>},
    {20, grow<M>},          {15, shrink<M>},         {10, resize_file<M>}, {20, dont_need<M>},
    {20, free_lazily<M>},   {80, without_effect<M>}, {10, collapse<M>},    {40, populate<M>},
    {10, remove<M>},        {200, write_pages<M>},   {60, read_pages<M>},  {40, execute<M>},
    {60, kernel_access<M>}, {30, force_write<M>},    {40, file_access<M>}, {20, change_cpu<M>},
    {8, fork_children<M>},
};

template <Memory M>
void step(State<M>& s)
{
    unsigned sum = 0;
    for (const auto& operation : operations<M>)
        sum += operation.weight;
    unsigned drawn = s.random.below(sum);
    for (const auto& operation : operations<M>) {
        if (drawn < operation.weight)
            return operation.perform(s);
        drawn -= operation.weight;
    }
}

// Ends with everything verified. A failure tells the operation, which seed and number bring back.
template <Memory M>
void run(State<M>& s, std::uint64_t count)
{
    try {
        for (std::uint64_t n = 0; n < count; n++) {
            s.operation++;
            step(s);
            if (s.operation % s.settings.interval == 0)
                verify(s);
        }
        verify(s);
    } catch (const Failure& failure) {
        if (failure.placed)
            throw;
        throw Failure{failure, "generation " + std::to_string(s.generation) + ", operation " +
                                   std::to_string(s.operation) + ": " + failure.what()};
    }
}

// Before the first operation. Files begin with zeros.
template <Memory M>
void prepare(State<M>& s)
{
    for (unsigned file = 0; file < files; file++) {
        const std::uint32_t pages = s.settings.pages / 8;
        s.expect(Range{0, pages}, s.memory.resize_file(file, pages), 0, "ftruncate");
        s.model.resize_file(file, pages);
    }
}

} // namespace vmrandom
