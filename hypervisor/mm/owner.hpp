// SPDX-License-Identifier: Apache-2.0
// A domain's number, and how the frame table spells it.
#pragma once

#include <cstdint>

#include "mm/frame_info.hpp"

namespace lintel {

inline constexpr unsigned domain_slots = 128; // how many domains there can be at a time
inline constexpr std::uint16_t last_domain_number = 511 * domain_slots - 1; // below all other owners

// generation * domain_slots + slot, so that a number is not given to another domain soon.
struct DomainId {
    std::uint16_t number = 0; // 0 is dom0
    constexpr bool operator==(const DomainId&) const = default;
    constexpr unsigned slot() const { return number % domain_slots; }
};

constexpr Owner owner_of(DomainId domain)
{
    return static_cast<Owner>(domain.number);
}

} // namespace lintel
