// SPDX-License-Identifier: Apache-2.0
// grant_copy: bytes go both ways, and nothing is copied on the way to a refusal.
#include "hypercall/grant.hpp"

#include <cstring>

#include "fakes/grant_calls.hpp"

namespace lintel {
namespace {

TEST_F(GrantCallTest, copies_go_both_ways)
{
    std::memcpy(page() + 100, "grant", 5);
    EXPECT_EQ(copy(piece(3 * page_size + 7, 100, 5, 0, 1)), 0);
    EXPECT_EQ(std::memcmp(&caller_.ram.at(3 * page_size + 7), "grant", 5), 0);
    EXPECT_EQ(caller_.ram.at(3 * page_size + 12), std::byte{0});
    std::memcpy(&caller_.ram.at(3 * page_size), "to the peer", 11);
    EXPECT_EQ(copy(piece(3 * page_size, 4096 - 11, 11, LINTEL_GRANT_TO_PEER)), 0);
    EXPECT_EQ(std::memcmp(page() + 4096 - 11, "to the peer", 11), 0);
    EXPECT_EQ(std::memcmp(page() + 100, "grant", 5), 0);
    EXPECT_EQ(copy(piece(2 * page_size + 5, 0, 4096)), 0); // the caller's side crosses pages
    EXPECT_EQ(std::memcmp(&caller_.ram.at(2 * page_size + 105), "grant", 5), 0);
    EXPECT_EQ(caller_.other.lent_frames, 0u);
}

TEST_F(GrantCallTest, bad_copies_are_refused_and_copy_nothing)
{
    std::memset(page(), 0x55, page_size);
    const std::uint64_t ram = 3 * page_size;
    EXPECT_EQ(copy(piece(ram, 0, 0)), LINTEL_EINVAL);
    EXPECT_EQ(copy(piece(ram, 4095, 2)), LINTEL_EINVAL);
    EXPECT_EQ(copy(piece(ram, 4096, 1)), LINTEL_EINVAL);
    EXPECT_EQ(copy(piece(ram, 0xffff, 0xffff)), LINTEL_EINVAL);
    EXPECT_EQ(copy(piece(ram, 0, 4097)), LINTEL_EINVAL);
    EXPECT_EQ(copy(piece(ram, 0, 8, 2)), LINTEL_EINVAL);
    EXPECT_EQ(copy(piece(ram, 0, 8, LINTEL_GRANT_TO_PEER, 1)), LINTEL_EPERM);
    EXPECT_EQ(copy(piece(ram, 0, 8, 0, 2)), LINTEL_EPERM);
    EXPECT_EQ(copy(piece(ram, 0, 8, 0, FakeDomain::refs)), LINTEL_ENOENT);
    EXPECT_EQ(copy(piece(ram + page_size - 4, 0, 8)), LINTEL_EFAULT);
    EXPECT_EQ(copy(piece(~0ul - 3, 0, 8)), LINTEL_EFAULT);
    EXPECT_EQ(copy({ram, 0, 0, 0, 0, 8, 0}), LINTEL_EINVAL);
    EXPECT_EQ(copy({ram, 0, 2, 0, 0, 8, 0}), LINTEL_ENOENT);
    for (std::uint64_t i = 0; i < page_size; ++i)
        ASSERT_EQ(caller_.ram.at(ram + i), std::byte{0});
    EXPECT_EQ(caller_.other.grants.used() + caller_.other.lent_frames, 0u);
}

} // namespace
} // namespace lintel
