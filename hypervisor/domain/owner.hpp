// SPDX-License-Identifier: Apache-2.0
// A domain's number, and how the frame table spells it.
#pragma once

#include <cstdint>

#include "mm/frame_info.hpp"

namespace lintel {

struct DomainId {
    std::uint16_t number = 0; // 0 is dom0
    constexpr bool operator==(const DomainId&) const = default;
};

constexpr Owner owner_of(DomainId domain)
{
    return static_cast<Owner>(domain.number);
}

} // namespace lintel
