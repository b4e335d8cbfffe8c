// SPDX-License-Identifier: Apache-2.0
// Inputs in which the frontend is honest at first.
#include "fuzz/seeds.hpp"

namespace lintel::fuzz {

namespace {

// One request, as block/target.cpp reads it: pooled, or of so many granted pages.
void request(ByteBuilder& bytes, std::uint8_t operation, std::uint8_t flags, std::uint8_t pages,
             std::uint8_t sectors)
{
    for (const std::uint8_t byte : {std::uint8_t{0}, operation, flags, pages, std::uint8_t{1},
                                    std::uint8_t{2}, std::uint8_t{0}, sectors, std::uint8_t{0}})
        bytes.add(byte);
    for (std::uint8_t page = 0; page < 8; page++)
        bytes.add(page);
    if (pages > 8)
        bytes.zeros(1); // where the list is
}

ByteBuilder script(std::uint8_t shape, std::uint8_t flags)
{
    ByteBuilder bytes;
    bytes.add(shape).zeros(1); // every feature
    for (const std::uint8_t operation : {0, 1, 2, 3, 4}) {
        const bool data = operation < 2, direct = data && (flags & 2) != 0;
        request(bytes, operation, data ? flags : std::uint8_t{0},
                static_cast<std::uint8_t>(direct ? 2 : 0),
                static_cast<std::uint8_t>(operation == 2 ? 0 : 16));
        for (const std::uint8_t step : {2, 3, 0, 2, 4}) // served, done, said, read
            bytes.add(step);
    }
    return bytes;
}

} // namespace

void add_block_seeds(const Seeds& seeds)
{
    seeds.add("block", "pooled", script(3, 0));
    seeds.add("block", "direct", script(3, 2));
    seeds.add("block", "large-sectors", script(8 | 2, 0));
    seeds.add("block", "read-only", script(16 | 1, 0));
    ByteBuilder listed;
    listed.add(std::uint8_t{4}).zeros(1);
    request(listed, 1, 2, 9, 31);
    listed.add(std::uint8_t{2});
    seeds.add("block", "listed", listed);
}

} // namespace lintel::fuzz
