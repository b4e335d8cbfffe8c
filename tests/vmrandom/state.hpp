// SPDX-License-Identifier: Apache-2.0
// One sequence of operations: a memory, the model of it, and what both are compared with. What is
// done follows from the seed and the model alone, never from what the memory answers.
#pragma once

#include <string>

#include "memory.hpp"
#include "model.hpp"
#include "random.hpp"

namespace vmrandom {

struct Settings {
    std::uint32_t pages = 1024; // of the arena
    unsigned interval = 64;     // operations from one full verification to the next
    unsigned processes = 2;     // most children that a process has at a time; 0: no fork
    unsigned child_operations = 40;
    unsigned generations = 2; // below the first process
};

template <Memory M>
struct State {
    State(M& memory_, const Settings& settings_, std::uint64_t seed)
        : memory{memory_}, settings{settings_}, model{settings_.pages}, random{seed}
    {
    }

    M& memory;
    const Settings& settings;
    Model model;
    Random random;
    Digest digest;
    std::uint64_t operation = 0;
    unsigned generation = 0;

    // --- choices ---

    // Mostly few pages, sometimes many, sometimes what huge pages fit into.
    Range some_range()
    {
        const std::uint32_t size = model.size();
        if (size >= 2 * huge_pages && random.chance(12)) {
            const std::uint32_t count = huge_pages * (random.chance(70) ? 1 : 2);
            return {random.below((size - count) / huge_pages + 1) * huge_pages, count};
        }
        const std::uint32_t most = random.chance(70) ? 8 : random.chance(70) ? 64 : size / 4;
        const std::uint32_t count = random.between(1, std::min(most, size));
        return {random.below(size - count + 1), count};
    }

    // Part of one VMA, if the first page drawn lies in one.
    Range some_piece()
    {
        Range piece = model.piece_at(random.below(model.size()));
        if (piece.count > 1 && random.chance(60))
            piece.count = random.between(1, piece.count);
        return piece;
    }

    Range some_piece_of(Kind kind) // most times
    {
        Range piece;
        for (unsigned tries = 0; tries < 8; tries++) {
            piece = some_piece();
            if (piece.count > 0 && model.page(piece.first).kind == kind)
                break;
        }
        return piece;
    }

    Rights some_rights()
    {
        constexpr Rights all[] = {no_rights, may_read, may_read | may_execute,
                                  may_read | may_write | may_execute};
        return random.chance(60) ? may_read | may_write : all[random.below(4)];
    }

    Stamp some_stamp() // and as many more as a page has sectors
    {
        return static_cast<Stamp>(random.next()) % 0xffff'fff0 / sectors * sectors + sectors;
    }

    // --- comparisons ---

    void note(std::uint64_t value) { digest.add(value); }
    void note(Range range) { digest.add(std::uint64_t{range.first} << 32 | range.count); }

    void expect(Range range, int answer, int wanted, const char* what)
    {
        if (answer != wanted)
            throw Failure{range.first, std::string{what} + " of " + std::to_string(range.count) +
                                           " pages answered " + std::to_string(answer) +
                                           " instead of " + std::to_string(wanted)};
    }

    void expect(std::uint32_t page, Outcome seen, Outcome wanted, const char* what)
    {
        constexpr const char* words[] = {"was possible", "met nothing", "was refused",
                                         "was beyond the end"};
        if (seen != wanted)
            throw Failure{page, std::string{what} + " " + words[static_cast<int>(seen)] +
                                    ", where the model says: " + words[static_cast<int>(wanted)] +
                                    ", in " + describe(model.page(page))};
    }

    // Sector contents that the model knows; what it does not know is left alone.
    void check(std::uint32_t page, unsigned sector, const Sector& seen, const char* how)
    {
        const Stamps* known = model.known(page);
        if (known == nullptr)
            return;
        const Stamp stamp = (*known)[sector];
        const Page& entry = model.page(page);
        const bool lazy = entry.kind == Kind::anonymous && entry.lazy;
        if (!lazy)
            note(stamp);
        if (seen == contents(stamp) || (lazy && seen == contents(0)))
            return;
        throw Failure{page, std::string{how} + " sector " + std::to_string(sector) + " found " +
                                describe(seen) + " instead of stamp " + std::to_string(stamp) +
                                ", in " + describe(entry)};
    }

private:
    static std::string describe(const Page& page)
    {
        if (page.kind == Kind::none)
            return "nothing that is mapped";
        if (page.kind == Kind::anonymous)
            return page.lazy ? "an anonymous page that was freed lazily" : "an anonymous page";
        return std::string{page.copied                 ? "a copy of"
                           : page.kind == Kind::shared ? "shared"
                                                       : "private"} +
               " page " + std::to_string(page.object_page) + " of object " +
               std::to_string(page.object);
    }

    static std::string describe(const Sector& seen)
    {
        const Stamp stamp = static_cast<Stamp>(seen[0] >> 8);
        if (seen == contents(0))
            return "zeros";
        if (seen == contents(stamp))
            return "stamp " + std::to_string(stamp);
        return "no stamp's contents, beginning with word " + std::to_string(seen[0]);
    }
};

} // namespace vmrandom
