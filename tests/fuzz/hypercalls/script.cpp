// SPDX-License-Identifier: Apache-2.0
// Values out of an input.
#include "fuzz/hypercalls/script.hpp"

#include <iterator>

#include <lintel/domain.h>
#include <lintel/event.h>
#include <lintel/grant.h>
#include <lintel/hypercall.h>

#include "fuzz/hypercalls/shape.hpp"
#include "mm/frame.hpp"

namespace lintel::fuzz {
namespace {

constexpr std::uint64_t boundaries[] = {
    0x40,
    0xff,
    0x100,
    0x1ff,
    0x200,
    0x201,
    4095,
    4096,
    4097,
    0x7fff'ffff,
    1ull << 31,
    0xffff'ffff,
    1ull << 32,
    1ull << 47,
    (1ull << 47) - 1,
    0xffff'8000'0000'0000,
    1ull << 48,
    1ull << 52,
    1ull << 63,
    ~0ull,
    ~0ull - 1,
    ~0ull - 31,
    ~0ull - 4095,
    (1ull << 32) + 1,
    domain_ports,
    domain_ports - 1,
    domain_vcpus,
    LINTEL_EVENT_PORTS,
    LINTEL_DOMAIN_SELF,
    domain_number,
    window_first* page_size,
    (window_first + window_pages - 1) * page_size,
    LINTEL_GRANT_BATCH,
    LINTEL_FOREIGN_FRAMES + 1,
    LINTEL_EVENT_VCPUS,
    LINTEL_CONSOLE_BYTES + 1,
    ~0ull << 12,
    (1ull << 39) - 4096,
    1ull << 39,
};

std::uint64_t address(unsigned choice)
{
    constexpr std::uint64_t offsets[] = {
        0, 4, 8, 32, page_size - 32, page_size - 8, page_size - 1, page_size};
    const std::uint64_t frame = ram_frames[choice / std::size(offsets) % ram_frames.size()];
    return frame * page_size + offsets[choice % std::size(offsets)];
}

} // namespace

std::uint8_t Script::byte()
{
    if (bytes_.empty())
        return 0;
    const auto first = static_cast<std::uint8_t>(bytes_[0]);
    bytes_ = bytes_.subspan(1);
    return first;
}

std::uint64_t Script::word()
{
    std::uint64_t word = 0;
    for (unsigned shift = 0; shift < 64; shift += 8)
        word |= std::uint64_t{byte()} << shift;
    return word;
}

std::uint64_t Script::value()
{
    const std::uint8_t kind = byte();
    if (kind < selector::address)
        return kind;
    if (kind < selector::boundary)
        return address(kind - selector::address);
    if (kind < selector::result)
        return boundaries[(kind - selector::boundary) % std::size(boundaries)];
    if (kind < selector::raw)
        return results_[kind % results_.size()];
    return word();
}

void Script::remember(std::int64_t result)
{
    results_[remembered_++ % results_.size()] = static_cast<std::uint64_t>(result);
}

} // namespace lintel::fuzz
