// SPDX-License-Identifier: Apache-2.0
// What of a domain in check mode is worth a line in the log, and who was last seen storing where. Whoever
// uses it serialises.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "mm/frame.hpp"

namespace lintel::seal {

// The first few lines of each subject, an instruction that stores or a wrong entry, and of a bounded number
// of subjects.
class Reports {
public:
    static constexpr unsigned subjects = 64, lines_of_each = 2;

    bool worth_a_line(std::uint64_t address)
    {
        for (unsigned i = 0; i < used_; ++i)
            if (seen_[i].address == address)
                return seen_[i].lines < lines_of_each && ++seen_[i].lines != 0;
        if (used_ == subjects)
            return false;
        seen_[used_++] = {address, 1};
        return true;
    }

private:
    struct Seen {
        std::uint64_t address;
        unsigned lines;
    };
    std::array<Seen, subjects> seen_{};
    unsigned used_ = 0;
};

// Of the last few stores that were let through: which instruction stored to which page.
class RecentStores {
public:
    static constexpr unsigned kept = 8;

    void note(Gfn page, std::uint64_t rip) { stores_[count_++ % kept] = {page, rip}; }
    std::optional<std::uint64_t> last_to(Gfn page) const
    {
        for (unsigned i = 1; i <= kept && i <= count_; ++i)
            if (const Store& store = stores_[(count_ - i) % kept]; store.page == page)
                return store.rip;
        return {};
    }

private:
    struct Store {
        Gfn page;
        std::uint64_t rip;
    };
    std::array<Store, kept> stores_{};
    std::uint64_t count_ = 0;
};

} // namespace lintel::seal
