// SPDX-License-Identifier: Apache-2.0
// What a backend says of its disk in the device page. Contract:
// docs/abi/block.md#the-offer-and-the-answer.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include <lintel/device.h>

#include "block/image.hpp"
#include "block/request.hpp"

namespace lintel::block {

struct Shape {
    std::uint32_t queues = 4;       // 1 .. LINTEL_DEVICE_QUEUES
    std::uint32_t ring_order = 8;   // .. LINTEL_BLOCK_RING_ORDER
    std::uint32_t pool_pages = 512; // of each queue; 1 .. LINTEL_BLOCK_POOL_PAGES
    bool direct = true;
    // Advice, in bytes. By default none: copying costs less at every length that was measured.
    std::uint32_t direct_from = 0xffff'ffff;
    std::vector<std::uint32_t> pool_lists{}; // of each queue, the reference of its list

    std::size_t pool_bytes() const { return std::size_t{queues} * pool_pages * page_bytes; }
    unsigned flights() const { return queues << ring_order; }
};

inline constexpr std::uint32_t most_erased = 1 << 30;

inline lintel_device offer(const Image& image, const Shape& shape)
{
    lintel_block_config config{};
    config.bytes = image.bytes;
    config.flags = image.read_only ? LINTEL_BLOCK_READ_ONLY : 0;
    config.sector_bytes = image.sector_bytes;
    config.most_bytes = LINTEL_BLOCK_LEAST_BYTES;
    config.most_pages = shape.direct ? LINTEL_BLOCK_LEAST_BYTES / page_bytes + 1 : 0;
    config.most_erased = most_erased;
    config.erase_bytes = image.erase_bytes;
    config.direct_bytes = shape.direct_from;
    config.pool_pages = shape.pool_pages;
    assert(shape.pool_lists.size() <= std::size(config.pool_list));
    std::copy(shape.pool_lists.begin(), shape.pool_lists.end(), std::begin(config.pool_list));

    lintel_device device{};
    device.features = LINTEL_BLOCK_FEATURE_FUA;
    if (image.erases)
        device.features |= LINTEL_BLOCK_FEATURE_DISCARD | LINTEL_BLOCK_FEATURE_ZEROES;
    if (shape.direct)
        device.features |= LINTEL_BLOCK_FEATURE_DIRECT;
    device.queues = shape.queues;
    device.ring_order = shape.ring_order;
    static_assert(sizeof config == sizeof device.config);
    std::memcpy(device.config, &config, sizeof config);
    return device;
}

} // namespace lintel::block
