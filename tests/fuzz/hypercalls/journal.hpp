// SPDX-License-Identifier: Apache-2.0
// What a call did beyond memory: the domain under test records it, the model predicts it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace lintel::fuzz {

struct Deed {
    enum class Kind : std::uint8_t {
        upcall,
        shut_down,
        timer,
        time_record,
        vector,
        start,
        stop,
        yield,
        yield_to,
        wait,
        kick,
        nmi,
        end_line,
        release_irq,
        release,
        claim,
    };
    Kind kind;
    std::uint32_t vcpu = 0;
    std::array<std::uint64_t, 4> values{};

    bool operator==(const Deed&) const = default;
};
using Journal = std::vector<Deed>;

} // namespace lintel::fuzz
