// SPDX-License-Identifier: Apache-2.0
// Calls on other domains: what they refuse, and what reaches the domain. Contract: docs/abi/domains.md.
#include "hypercall/domain.hpp"

#include <cstring>

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t page = 1 * page_size;
constexpr std::uint64_t on_domains[] = {LINTEL_HC_domain_destroy, LINTEL_HC_domain_populate,
                                        LINTEL_HC_domain_start,   LINTEL_HC_domain_pause,
                                        LINTEL_HC_domain_unpause, LINTEL_HC_domain_shutdown};

class DomainCallTest : public testing::Test {
protected:
    DomainCallTest()
    {
        caller_.ram.add(Gfn{1});
        caller_.domains = {1, 130};
    }
    // With arguments that are good for each of them.
    std::int64_t call_on(std::uint64_t number, std::uint64_t domain)
    {
        const bool populates = number == LINTEL_HC_domain_populate;
        const bool starts = number == LINTEL_HC_domain_start;
        return caller_.call(number, {domain, populates || starts ? page : 0ul, populates ? 1ul : 0ul});
    }
    std::int64_t start(const lintel_domain_start& wanted)
    {
        std::memcpy(&caller_.ram.at(page), &wanted, sizeof wanted);
        return caller_.call(LINTEL_HC_domain_start, {1, page});
    }
    FakeCaller caller_;
};

TEST_F(DomainCallTest, nobody_but_dom0_may)
{
    caller_.is_dom0 = false;
    for (const std::uint64_t call : on_domains)
        for (const std::uint64_t domain : {0ul, 1ul, 2ul, 0xfffful, ~0ul})
            EXPECT_EQ(call_on(call, domain), LINTEL_EPERM) << call << ' ' << domain;
    EXPECT_TRUE(caller_.paused.empty() && caller_.unpaused.empty() && caller_.populated.empty());
    EXPECT_EQ(caller_.domains.size(), 2u);
}

TEST_F(DomainCallTest, dom0_itself_is_out_of_reach)
{
    for (const std::uint64_t call : on_domains)
        for (const std::uint64_t self : {0ul, std::uint64_t{LINTEL_DOMAIN_SELF}})
            EXPECT_EQ(call_on(call, self), LINTEL_EPERM) << call;
}

TEST_F(DomainCallTest, numbers_are_whole)
{
    for (const std::uint64_t call : on_domains)
        for (const std::uint64_t wrong : {2ul, 1ul << 32 | 1, 1ul << 63 | 1, 1ul << 32, ~0ul, 1ul << 16 | 1})
            EXPECT_EQ(call_on(call, wrong), LINTEL_ENOENT) << call << ' ' << wrong;
    for (const std::uint64_t call : std::span{on_domains}.subspan(1)) // the first is its end
        EXPECT_GE(call_on(call, 130), 0) << call;
    EXPECT_EQ(call_on(LINTEL_HC_domain_destroy, 130), 0);
    EXPECT_EQ(call_on(LINTEL_HC_domain_destroy, 130), LINTEL_ENOENT);
}

TEST_F(DomainCallTest, destroying_may_take_several_calls)
{
    caller_.destroy_again = 2;
    EXPECT_EQ(caller_.call(LINTEL_HC_domain_destroy, {1}), 2);
    EXPECT_EQ(caller_.call(LINTEL_HC_domain_destroy, {1}), 1);
    EXPECT_EQ(caller_.call(LINTEL_HC_domain_destroy, {1}), 0);
}

TEST_F(DomainCallTest, populating_takes_pages_and_says_how_many_were_done)
{
    EXPECT_EQ(caller_.call(LINTEL_HC_domain_populate, {1, 5 * page_size, 3}), 3);
    caller_.frames_done = 2;
    EXPECT_EQ(caller_.call(LINTEL_HC_domain_populate, {130, 0, ~0ul}), 2);
    EXPECT_EQ(caller_.populated,
              (std::vector<FakeCaller::Populated>{{1, {Gfn{5}, 3}}, {130, {Gfn{0}, ~0ul}}}));
}

TEST_F(DomainCallTest, populating_nothing_or_unaligned_is_refused)
{
    EXPECT_EQ(caller_.call(LINTEL_HC_domain_populate, {1, page, 0}), LINTEL_EINVAL);
    for (const std::uint64_t off : {1, 8, 2048, 4095})
        EXPECT_EQ(caller_.call(LINTEL_HC_domain_populate, {1, page + off, 1}), LINTEL_EINVAL);
    EXPECT_TRUE(caller_.populated.empty());
}

TEST_F(DomainCallTest, start_hands_over_what_was_stored)
{
    const lintel_domain_start wanted{0x20'0040, 0, 0xffff'f000, {}};
    EXPECT_EQ(start(wanted), 0);
    ASSERT_EQ(caller_.domain_starts.size(), 1u);
    EXPECT_EQ(caller_.domain_starts[0].domain, 1u);
    EXPECT_EQ(std::memcmp(&caller_.domain_starts[0].start, &wanted, sizeof wanted), 0);
}

TEST_F(DomainCallTest, start_with_a_bad_field_is_refused)
{
    for (const lintel_domain_start& wrong :
         {lintel_domain_start{1, 1, 0, {}}, lintel_domain_start{1, 0, 1ull << 32, {}},
          lintel_domain_start{1, 0, 0, {1, 0}}, lintel_domain_start{1, 0, 0, {0, 1ull << 63}}})
        EXPECT_EQ(start(wrong), LINTEL_EINVAL);
    EXPECT_TRUE(caller_.domain_starts.empty());
}

TEST_F(DomainCallTest, start_from_a_bad_place_is_refused)
{
    for (const std::uint64_t off : {1, 4, 7})
        EXPECT_EQ(caller_.call(LINTEL_HC_domain_start, {1, page + off}), LINTEL_EINVAL);
    for (const std::uint64_t gpa : {0ul, 2 * page_size - 8, ~7ul})
        EXPECT_EQ(caller_.call(LINTEL_HC_domain_start, {1, gpa}), LINTEL_EFAULT);
}

TEST_F(DomainCallTest, pausing_and_unpausing_reach_the_domain)
{
    EXPECT_EQ(caller_.call(LINTEL_HC_domain_pause, {1}), 0);
    EXPECT_EQ(caller_.call(LINTEL_HC_domain_unpause, {130}), 0);
    EXPECT_EQ(caller_.paused, std::vector<std::uint32_t>{1});
    EXPECT_EQ(caller_.unpaused, std::vector<std::uint32_t>{130});
}

TEST_F(DomainCallTest, a_guest_is_asked_to_power_off_or_to_reboot_and_for_nothing_else)
{
    EXPECT_EQ(caller_.call(LINTEL_HC_domain_shutdown, {1, LINTEL_SHUTDOWN_POWEROFF}), 0);
    EXPECT_EQ(caller_.call(LINTEL_HC_domain_shutdown, {1, LINTEL_SHUTDOWN_REBOOT}), 0);
    for (const std::uint64_t wrong : {2ul, 3ul, 4ul, 1ul << 32, ~0ul})
        EXPECT_EQ(caller_.call(LINTEL_HC_domain_shutdown, {1, wrong}), LINTEL_EINVAL);
    EXPECT_EQ(caller_.asked, (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 0}, {1, 1}}));
}

TEST_F(DomainCallTest, any_domain_asks_once_what_is_wanted_of_it)
{
    caller_.is_dom0 = false;
    EXPECT_EQ(caller_.call(LINTEL_HC_shutdown_wanted), LINTEL_ENOENT);
    caller_.wanted_end = LINTEL_SHUTDOWN_REBOOT;
    EXPECT_EQ(caller_.call(LINTEL_HC_shutdown_wanted, {1}), LINTEL_EINVAL);
    EXPECT_EQ(caller_.call(LINTEL_HC_shutdown_wanted), LINTEL_SHUTDOWN_REBOOT);
    EXPECT_EQ(caller_.call(LINTEL_HC_shutdown_wanted), LINTEL_ENOENT);
}

} // namespace
} // namespace lintel
