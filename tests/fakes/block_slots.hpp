// SPDX-License-Identifier: Apache-2.0
// Requests to a disk as a driver writes them, and the rules of a disk that offers everything.
#pragma once

#include "block/request.hpp"

namespace lintel::block {

// The other fields are zero.
inline lintel_block_request slot_of(std::uint8_t operation, std::uint64_t offset,
                                    std::uint32_t bytes)
{
    lintel_block_request slot{};
    slot.operation = operation;
    slot.offset = offset;
    slot.bytes = bytes;
    return slot;
}

inline Rules every_feature_of(std::uint64_t bytes, std::uint32_t pool_pages)
{
    Rules all{};
    all.config.bytes = bytes;
    all.config.sector_bytes = 512;
    all.config.most_bytes = LINTEL_BLOCK_LEAST_BYTES;
    all.config.most_pages = 257;
    all.config.pool_pages = pool_pages;
    all.features = 0xf;
    return all;
}

} // namespace lintel::block
