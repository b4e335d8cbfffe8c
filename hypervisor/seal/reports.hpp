// SPDX-License-Identifier: Apache-2.0
// Which stores of a domain in check mode are worth a line in the log: the first few of each instruction,
// and of a bounded number of instructions. Whoever uses it serialises.
#pragma once

#include <array>
#include <cstdint>

namespace lintel::seal {

class Reports {
public:
    static constexpr unsigned instructions = 64, lines_of_each = 2;

    bool worth_a_line(std::uint64_t rip)
    {
        for (unsigned i = 0; i < used_; ++i)
            if (seen_[i].rip == rip)
                return seen_[i].lines < lines_of_each && ++seen_[i].lines != 0;
        if (used_ == instructions)
            return false;
        seen_[used_++] = {rip, 1};
        return true;
    }

private:
    struct Seen {
        std::uint64_t rip;
        unsigned lines;
    };
    std::array<Seen, instructions> seen_{};
    unsigned used_ = 0;
};

} // namespace lintel::seal
