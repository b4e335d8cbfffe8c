// SPDX-License-Identifier: Apache-2.0
// Each step passes the range that is in the way, so no search takes more steps than there are
// ranges.
#include "builder/placement.hpp"

#include "liblintel/control.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t page_down(std::uint64_t address)
{
    return address & ~(page_bytes - 1);
}

constexpr std::uint64_t page_up(std::uint64_t address)
{
    return page_down(address + page_bytes - 1);
}

const GuestRange* in_the_way(const UsedRanges& used, const GuestRange& wanted)
{
    for (const auto& range : used)
        if (range.overlaps(wanted))
            return &range;
    return nullptr;
}

} // namespace

std::optional<std::uint64_t> highest_place(const UsedRanges& used, std::uint64_t bytes,
                                           std::uint64_t limit)
{
    while (limit >= bytes) {
        const GuestRange wanted{page_down(limit - bytes), bytes};
        const auto* const obstacle = in_the_way(used, wanted);
        if (obstacle == nullptr)
            return wanted.begin == 0 ? std::nullopt : std::optional{wanted.begin};
        limit = obstacle->begin;
    }
    return {};
}

std::optional<std::uint64_t> lowest_place(const UsedRanges& used, std::uint64_t bytes,
                                          std::uint64_t limit)
{
    std::uint64_t begin = page_bytes;
    while (bytes <= limit && begin <= limit - bytes) {
        const auto* const obstacle = in_the_way(used, {begin, bytes});
        if (obstacle == nullptr)
            return begin;
        begin = page_up(obstacle->end());
    }
    return {};
}

} // namespace lintel
