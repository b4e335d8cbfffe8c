// SPDX-License-Identifier: Apache-2.0
// domain_info and machine_info: who may ask, and where the answer goes. Contract: docs/abi/domains.md.
#include "hypercall/domain_info.hpp"

#include <cstring>

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t page = 1 * page_size;

class InfoTest : public testing::Test {
protected:
    InfoTest()
    {
        caller_.ram.add(Gfn{1});
        caller_.domains = {3, 130};
    }
    std::int64_t ask(std::uint64_t domain, std::uint64_t flags = 0, std::uint64_t gpa = page)
    {
        return caller_.call(LINTEL_HC_domain_info, {domain, gpa, flags});
    }
    template <typename T>
    T stored()
    {
        T value;
        std::memcpy(&value, &caller_.ram.at(page), sizeof value);
        return value;
    }
    FakeCaller caller_;
};

TEST_F(InfoTest, answer_is_written_whole)
{
    std::memset(&caller_.ram.at(page), 0xee, page_size);
    EXPECT_EQ(ask(3), 0);
    const auto info = stored<lintel_domain_info>();
    EXPECT_EQ(info.domain, 3u);
    EXPECT_EQ(info.frames, 7u);
    EXPECT_EQ(info.reserved[5], 0u);
    EXPECT_EQ(caller_.ram.at(page + sizeof info), std::byte{0xee});
}

TEST_F(InfoTest, dom0_can_ask_about_itself)
{
    for (const std::uint64_t self : {0ul, std::uint64_t{LINTEL_DOMAIN_SELF}}) {
        EXPECT_EQ(ask(self), 0);
        EXPECT_EQ(stored<lintel_domain_info>().domain, 0u);
    }
}

TEST_F(InfoTest, walk_finds_every_domain_once)
{
    std::vector<std::uint32_t> seen;
    for (std::uint64_t from = 0; ask(from, LINTEL_DOMAIN_INFO_NEXT) == 0; from = seen.back() + 1)
        seen.push_back(stored<lintel_domain_info>().domain);
    EXPECT_EQ(seen, (std::vector<std::uint32_t>{0, 3, 130}));
    EXPECT_EQ(ask(131, LINTEL_DOMAIN_INFO_NEXT), LINTEL_ENOENT);
    EXPECT_EQ(ask(LINTEL_DOMAIN_SELF, LINTEL_DOMAIN_INFO_NEXT), LINTEL_ENOENT);
}

TEST_F(InfoTest, unknown_domains_flags_and_bad_places_are_refused)
{
    for (const std::uint64_t wrong : {1ul, 4ul, 1ul << 32 | 3, 1ul << 63, ~0ul})
        EXPECT_EQ(ask(wrong), LINTEL_ENOENT) << wrong;
    for (unsigned bit = 1; bit < 64; ++bit)
        EXPECT_EQ(ask(3, 1ull << bit), LINTEL_EINVAL) << bit;
    EXPECT_EQ(ask(3, 0, page + 4), LINTEL_EINVAL);
    EXPECT_EQ(ask(3, 0, 2 * page_size - 8), LINTEL_EFAULT);
    EXPECT_EQ(ask(3, 0, 0), LINTEL_EFAULT);
}

TEST_F(InfoTest, nobody_but_dom0_may)
{
    caller_.is_dom0 = false;
    for (const std::uint64_t domain : {0ul, 3ul, 0xfffful, ~0ul})
        EXPECT_EQ(ask(domain), LINTEL_EPERM);
    EXPECT_EQ(caller_.call(LINTEL_HC_machine_info, {page}), LINTEL_EPERM);
    EXPECT_EQ(caller_.ram.at(page), std::byte{0});
}

TEST_F(InfoTest, machine_answers)
{
    EXPECT_EQ(caller_.call(LINTEL_HC_machine_info, {page}), 0);
    EXPECT_EQ(stored<lintel_machine_info>().frames, 9u);
    EXPECT_EQ(caller_.call(LINTEL_HC_machine_info, {page + 2}), LINTEL_EINVAL);
    EXPECT_EQ(caller_.call(LINTEL_HC_machine_info, {page, 1}), LINTEL_EINVAL);
    EXPECT_EQ(caller_.call(LINTEL_HC_machine_info, {8}), LINTEL_EFAULT);
}

} // namespace
} // namespace lintel
