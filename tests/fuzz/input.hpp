// SPDX-License-Identifier: Apache-2.0
// A fuzzer's input, byte by byte.
#pragma once

#include <cstdint>
#include <span>

namespace lintel::fuzz {

// The input; zeros when it is over.
class Input {
public:
    explicit Input(std::span<const std::uint8_t> bytes) : rest_{bytes} {}
    bool over() const { return rest_.empty(); }
    std::uint8_t byte()
    {
        if (over())
            return 0;
        const std::uint8_t value = rest_.front();
        rest_ = rest_.subspan(1);
        return value;
    }
    std::uint32_t word()
    {
        std::uint32_t value = 0;
        for (unsigned shift = 0; shift < 32; shift += 8)
            value |= static_cast<std::uint32_t>(byte()) << shift;
        return value;
    }

private:
    std::span<const std::uint8_t> rest_;
};

} // namespace lintel::fuzz
