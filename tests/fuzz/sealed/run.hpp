// SPDX-License-Identifier: Apache-2.0
// Commands as an input says, to the hypervisor's code and to the model. After each of them answers and
// tables must be the same, and in the end no processor may do by these tables what the policy forbids.
#pragma once

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "fuzz/input.hpp"
#include "fuzz/require.hpp"
#include "fuzz/sealed/model.hpp"
#include "fuzz/sealed/second_look.hpp"
#include "fuzz/sealed/walk.hpp"
#include "seal/withdrawal.hpp"

namespace lintel::fuzz::sealed {

// The table pages of the domain, and the root of the vCPU.
struct Memory {
    std::uint64_t* entries(Gfn page)
    {
        REQUIRE(pages.contains(page));
        return contents[page - pages.first].data();
    }
    void load_root(Gfn page) { loaded = page.number; }

    Pages contents = first_pages;
    std::uint64_t loaded = master.page.number;
};

// A command buffer that another vCPU overwrites as soon as a word of it was read.
struct Buffer {
    std::uint64_t operator()(unsigned at)
    {
        REQUIRE(at < words.size() && !read[at]);
        read[at] = true;
        return std::exchange(words[at], ~words[at]);
    }
    std::vector<std::uint64_t> words;
    std::vector<bool> read = std::vector<bool>(words.size());
};

class Run {
public:
    explicit Run(Input input) : input_{input} {}

    void go()
    {
        while (!input_.over()) {
            switch (input_.byte() % 8) {
            case 0: move(); break;
            case 1:
            case 2: exchange(); break;
            case 3: withdraw(); break;
            default: batch();
            }
            REQUIRE(std::memcmp(&memory_.contents, &model_.contents(), sizeof(Pages)) == 0);
        }
        REQUIRE(std::memcmp(&store_.kinds, &model_.kinds(), sizeof store_.kinds) == 0);
        SecondLook{tables_, memory_}.go();
        Walk{memory_.contents, [&](std::uint64_t frame) { return tables_.record.kept({frame}); }}.go();
    }

private:
    std::uint64_t wild()
    {
        const std::uint64_t low = input_.word();
        return low | static_cast<std::uint64_t>(input_.word()) << 32;
    }
    std::uint64_t page()
    {
        const std::uint8_t which = input_.byte();
        return which < 250 ? (pages.first.number + which % pages.count) * 4096 : wild();
    }
    std::uint64_t address()
    {
        const std::uint8_t where = input_.byte();
        if (where == 255)
            return wild();
        constexpr std::array edges{0, 255, 256, 508, 509, 510, 511};
        return page() + 8 * (where < 64 ? static_cast<std::uint64_t>(edges[where % edges.size()])
                                        : static_cast<std::uint64_t>(where * 2));
    }
    std::uint64_t frame()
    {
        const std::uint8_t which = input_.byte(), more = input_.byte();
        switch (which % 8) {
        case 0: return 296 + more % 20; // text, the kernel's, and the plain pages around them
        case 1: return more % 2048;
        case 2: return shared.first.number - 2 + more % 20;
        case 3: return foreign.first.number + more;
        case 4: return wild() >> 12;
        case 5: return more % 8 * 512ull; // of 2 MiB
        case 6: return more % 8 * 512ull * 512; // of 1 GiB
        default: return pages.first.number + more % pages.count;
        }
    }
    std::uint64_t value()
    {
        const std::uint8_t shape = input_.byte();
        std::uint64_t raw = 0;
        switch (shape % 8) {
        case 0: break;
        case 1: raw = wild(); break;
        case 2:
        case 3: raw = page() | 0x27; break;
        default: {
            // Present and accessed; W and D, U, PS, PAT of a large one as the input says.
            const std::uint8_t bits = input_.byte();
            raw = frame() << 12 | 0x21 | (bits & 1 ? 0x42 : 0) | (bits & 2 ? 4 : 0) |
                  (bits & 4 ? 0x80 : 0) | (bits & 8 ? 1 << 12 : 0);
            raw |= static_cast<std::uint64_t>(bits >> 4 & 1) << 63;
        }
        }
        return shape & 0x80 ? raw ^ 1ull << input_.byte() % 64 : raw;
    }

    static bool allows(const Errors& errors, std::optional<Error> refused)
    {
        return refused ? errors.contains(*refused) : errors.empty();
    }

    void move()
    {
        constexpr std::array steps{std::pair{FrameKind::plain, FrameKind::moving},
                                   std::pair{FrameKind::moving, FrameKind::donated},
                                   std::pair{FrameKind::moving, FrameKind::plain}};
        const auto [from, to] = steps[input_.byte() % steps.size()];
        std::uint64_t first = page() >> 12;
        const std::uint64_t count = 1 + input_.byte() % 4;
        if (!pages.contains({first}) || !pages.contains({first + count - 1}))
            first = ram_frames + 1 - count; // the fake has no contents of other pages: beyond the end
        const auto moved = tables_.move({{first}, count}, from, to);
        const Errors errors = model_.move(first, count, from, to);
        REQUIRE(allows(errors, moved.ok() ? std::nullopt : std::optional{moved.error()}));
    }

    void withdraw()
    {
        switch (input_.byte() % 4) {
        case 0: {
            const GfnRange range{{page() >> 12}, 1 + input_.byte() % 4u};
            if (range.contains({loaded_}))
                return; // which the caller has to know
            const auto begun = begin_withdrawal(tables_, range);
            const Errors errors = model_.begin_withdrawal(range);
            REQUIRE(allows(errors, begun.ok() ? std::nullopt : std::optional{begun.error()}));
            if (begun.ok())
                at_ = 0, searched_ = false;
            return;
        }
        case 1: return search(1 + 16 * input_.byte());
        case 2: return search(100000);
        default: break;
        }
        if (model_.leaving().count == 0)
            return;
        end_withdrawal(tables_, searched_);
        model_.end_withdrawal(searched_);
    }
    void search(unsigned budget)
    {
        if (model_.leaving().count == 0)
            return;
        auto none = search_references(tables_, memory_, at_, budget);
        if (!none.ok())
            REQUIRE(none.error() == Error::busy && model_.refers_to_leaving());
        else if (none.value())
            searched_ = true;
        REQUIRE(!searched_ || !model_.refers_to_leaving());
    }

    void exchange()
    {
        const std::uint64_t where = address(), what = value();
        const Errors errors = model_.set_refused(where, what);
        auto old = commands_.exchange(where, what);
        REQUIRE(allows(errors, old.ok() ? std::nullopt : std::optional{old.error()}));
        if (old.ok())
            REQUIRE(std::exchange(model_.entry(where), what) == old.value());
    }

    // One or two of the lowest twelve bits and the highest four.
    std::uint64_t rights()
    {
        const std::uint8_t which = input_.byte();
        const auto bit = [](unsigned number) { return 1ull << (number < 12 ? number : 48 + number); };
        return bit(which % 16) | bit(which / 16);
    }

    std::vector<std::uint64_t> some_commands()
    {
        std::vector<std::uint64_t> words;
        for (unsigned count = input_.byte() % 16; count != 0; --count) {
            const std::uint8_t what = input_.byte();
            switch (what % 8) {
            case 0: words.insert(words.end(), {page() + 2, input_.byte() % 4u}); break;
            case 1: words.insert(words.end(), {page() + 3, input_.byte() % 3u}); break;
            case 2: words.insert(words.end(), {page() + 4, what / 240u}); break;
            case 3: words.insert(words.end(), {wild(), wild()}); break;
            case 5:
                if (what >= 224) { // takes a right or two, or what only looks like one
                    words.insert(words.end(), {address() + 1, input_.byte() * 2u, rights(), rights()});
                    words[words.size() - 2] = ~words[words.size() - 2];
                    break;
                }
                [[fallthrough]];
            case 4: {
                words.insert(words.end(), {address() + 1, input_.byte() * (what & 64 ? 3u : 1u)});
                if (what < 250)
                    words.insert(words.end(), {what & 32 ? ~value() : 0, value()});
                break;
            }
            default: words.insert(words.end(), {address(), value()});
            }
        }
        return words;
    }

    void batch()
    {
        const std::vector<std::uint64_t> words = some_commands();
        const auto slots = static_cast<unsigned>(words.size() / 2);
        Buffer buffer{words};
        const seal::BatchAnswer answer = commands_.batch(buffer, slots);
        REQUIRE(answer.done <= slots);

        unsigned cost = 0;
        for (unsigned at = 0; at < answer.done;) {
            cost += cost_of(words, at);
            REQUIRE(model_.command(command_at(words, at), at + 1 == slots, loaded_).empty());
            at += words[2 * at] % 8 == 1 ? 2 : 1;
        }
        if (answer.refused) {
            REQUIRE(answer.done < slots);
            const auto refused = command_at(words, answer.done);
            REQUIRE(model_.command(refused, answer.done + 1 == slots, loaded_).contains(*answer.refused));
        } else if (answer.done < slots) {
            REQUIRE(answer.done != 0 && cost + cost_of(words, answer.done) > 4096);
        }
        REQUIRE(cost <= 4096 && memory_.loaded == loaded_);
    }
    static std::array<std::uint64_t, 4> command_at(const std::vector<std::uint64_t>& words, unsigned at)
    {
        std::array<std::uint64_t, 4> command{};
        for (std::size_t i = 0; i < 4 && 2 * at + i < words.size(); ++i)
            command[i] = words[2 * at + i];
        return command;
    }
    static unsigned cost_of(const std::vector<std::uint64_t>& words, unsigned at)
    {
        switch (words[2 * at] % 8) {
        case 1: return 1 + static_cast<unsigned>(std::min<std::uint64_t>(words[2 * at + 1], 511));
        case 2: return 64;
        case 3: return 128;
        default: return 1;
        }
    }

    Input input_;
    Store store_ = first_store;
    seal::Tables tables_{.lock = {},
                         .record = store_.record(),
                         .paging = paging,
                         .master = master};
    Memory memory_;
    seal::Commands<Memory> commands_{tables_, memory_};
    Model model_;
    std::uint64_t loaded_ = master.page.number;
    std::uint64_t at_ = 0; // of the search for references
    bool searched_ = false; // and there are none
};

} // namespace lintel::fuzz::sealed
