// SPDX-License-Identifier: Apache-2.0
// What a backend lets the toolstack see while it runs: one page of a file that both have mapped.
// The backend stores, the toolstack loads; figures may be of two moments.
#pragma once

#include <atomic>
#include <cstring>
#include <memory>
#include <optional>

#include <sys/mman.h>

#include "block/statistics.hpp"

namespace lintel::block {

struct BlockStatus {
    std::uint64_t bytes; // of the disk
    std::uint64_t sector_bytes;
    Statistics statistics;
};
static_assert(sizeof(BlockStatus) <= page_bytes && sizeof(BlockStatus) % 8 == 0);
static_assert(std::is_trivially_copyable_v<BlockStatus>);

struct UnmapStatus {
    void operator()(BlockStatus* status) const { ::munmap(status, page_bytes); }
};
using SharedStatus = std::unique_ptr<BlockStatus, UnmapStatus>;

// Null if the file cannot be mapped; it is a page long.
inline SharedStatus map_status(int file)
{
    void* const at = ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return SharedStatus{at == MAP_FAILED ? nullptr : static_cast<BlockStatus*>(at)};
}

// A copy, each word loaded once. The backend is not trusted: these are numbers for people.
inline BlockStatus read_status(BlockStatus& shared)
{
    BlockStatus copy;
    auto* const words = reinterpret_cast<std::uint64_t*>(&shared);
    for (std::size_t i = 0; i < sizeof copy / 8; i++) {
        const auto word = std::atomic_ref{words[i]}.load(std::memory_order_relaxed);
        std::memcpy(reinterpret_cast<std::byte*>(&copy) + i * 8, &word, 8);
    }
    return copy;
}

} // namespace lintel::block
