// SPDX-License-Identifier: Apache-2.0
// What the tests of the whole backend have in common: one that runs, on a file, and its guest.
#pragma once

#include <cstring>
#include <optional>
#include <span>
#include <string>

#include <gtest/gtest.h>

#include "fakes/block_slots.hpp"
#include "fakes/running_disk.hpp"
#include "fakes/uring_refusal.hpp"

namespace lintel::block {

using namespace std::chrono_literals;

inline constexpr std::size_t disk_bytes = 8 << 20;
inline constexpr std::uint32_t done = LINTEL_BLOCK_DONE;

class BlockBackend : public testing::Test {
protected:
    void SetUp() override
    {
        if (const auto why = uring_refusal(); !why.empty())
            GTEST_SKIP() << why;
    }
    void start(DiskSetup setup = {})
    {
        if (setup.image.path.empty())
            setup.image.path = image_.path;
        disk_.emplace(setup);
        guest_.emplace(disk_->files);
    }
    void connect(std::uint32_t queues = 1, std::uint32_t order = 4)
    {
        ASSERT_TRUE(guest_->connect(queues, order, 10s));
    }
    void start_connected(const DiskSetup& setup = {})
    {
        start(setup);
        connect();
    }
    std::string pool_text(std::size_t at, std::size_t bytes)
    {
        return {reinterpret_cast<const char*>(guest_->pool(0).data()) + at, bytes};
    }
    static lintel_block_request request(std::uint8_t operation, std::uint64_t offset,
                                        std::uint32_t bytes, std::uint8_t flags = 0)
    {
        auto slot = slot_of(operation, offset, bytes);
        slot.flags = flags;
        return slot;
    }
    // A direct request of the pages of `memory`, all granted.
    lintel_block_request direct(std::uint8_t operation, std::uint64_t offset,
                                std::span<std::byte> memory, std::uint32_t place,
                                std::uint32_t bytes)
    {
        auto slot = request(operation, offset, bytes, LINTEL_BLOCK_DIRECT);
        slot.place = place;
        slot.pages = static_cast<std::uint16_t>(memory.size() / page_bytes);
        const bool listed = slot.pages > LINTEL_BLOCK_INLINE_PAGES;
        std::uint32_t* const to =
            listed ? reinterpret_cast<std::uint32_t*>(guest_->pool(0).data()) : slot.page;
        for (std::uint32_t i = 0; i < slot.pages; i++)
            to[i] = guest_->grant(memory.data() + i * page_bytes, operation == LINTEL_BLOCK_READ);
        return slot;
    }

    TemporaryImage image_{disk_bytes};
    std::optional<RunningDisk> disk_;
    std::optional<client::BlockGuest> guest_;
};

} // namespace lintel::block
