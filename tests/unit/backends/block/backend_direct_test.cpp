// SPDX-License-Identifier: Apache-2.0
// The whole backend, with data in pages that the guest has granted.
#include "block/backend.hpp"

#include "fakes/block_backend.hpp"

namespace lintel::block {
namespace {

TEST_F(BlockBackend, reads_and_writes_granted_pages_in_place)
{
    start_connected();
    const auto memory = guest_->allocate(4);
    EXPECT_EQ(guest_->perform(direct(LINTEL_BLOCK_READ, 8192, memory, 0, 16384)), done);
    EXPECT_EQ(std::memcmp(memory.data(), image_.read(8192, 16384).data(), 16384), 0);
    std::memset(memory.data(), 'd', memory.size());
    EXPECT_EQ(guest_->perform(direct(LINTEL_BLOCK_WRITE, 0, memory, 0, 16384)), done);
    EXPECT_EQ(image_.read(0, 16384), std::string(16384, 'd'));
}

TEST_F(BlockBackend, a_mebibyte_that_begins_within_a_page_and_lies_scattered)
{
    start_connected();
    const std::uint32_t place = guest_->config().sector_bytes == 512 ? 512 : 0;
    const std::size_t pages = place == 0 ? 256 : 257;
    const auto memory = guest_->allocate(pages);
    auto slot = direct(LINTEL_BLOCK_READ, 1 << 20, memory, place, 1 << 20);
    auto* const list = reinterpret_cast<std::uint32_t*>(guest_->pool(0).data());
    std::reverse(list, list + pages); // the last page is first
    EXPECT_EQ(guest_->perform(slot), done);
    const std::string expected = image_.read(1 << 20, 1 << 20);
    std::string got;
    for (std::size_t i = pages; i-- > 0;)
        got.append(reinterpret_cast<const char*>(memory.data()) + i * page_bytes, page_bytes);
    EXPECT_TRUE(got.substr(place, 1 << 20) == expected);
}

TEST_F(BlockBackend, pages_that_are_not_granted_are_not_touched)
{
    start_connected();
    const auto memory = guest_->allocate(2);
    auto slot = direct(LINTEL_BLOCK_READ, 0, memory, 0, 8192);
    constexpr std::uint64_t wrong[] = {
        0,                                                         // nothing
        LINTEL_GRANT_PRESENT,                                      // the device page, read-only
        LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE,              // the device page
        LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE | 0x1000,     // the grant table
        LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE | 1ull << 40, // beyond RAM
        LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE | LINTEL_GRANT_ADDRESS,
        LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE | 0x20000 | 4,          // a reserved bit
        LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE | 0x20000 | 1ull << 48, // for another
        LINTEL_GRANT_PRESENT | 0x20000};                                     // read-only
    for (const std::uint64_t entry : wrong) {
        guest_->set_grant(slot.page[1], entry);
        EXPECT_EQ(guest_->perform(slot), LINTEL_BLOCK_BAD_GRANT) << std::hex << entry;
    }
    slot.page[1] = 0xffff'ffff;
    EXPECT_EQ(guest_->perform(slot), LINTEL_BLOCK_BAD_GRANT);
    EXPECT_EQ(memory[0], std::byte{0});
}

} // namespace
} // namespace lintel::block
