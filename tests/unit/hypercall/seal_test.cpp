// SPDX-License-Identifier: Apache-2.0
// The calls of sealed page tables: who may, which arguments have a meaning, and what is done of a list.
// Contract: docs/abi/sealed.md.
#include "hypercall/seal.hpp"

#include <cstring>

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t page = page_size;
using Calls = std::vector<FakeCaller::SealCall>;

class SealCallTest : public testing::Test {
protected:
    SealCallTest()
    {
        caller_.sealable = true;
        caller_.ram.add(Gfn{1});
    }
    std::int64_t call(lintel_hypercall number, HypercallArguments arguments)
    {
        return caller_.call(number, arguments);
    }
    std::int64_t declare(const std::vector<lintel_seal_range>& ranges)
    {
        std::memcpy(&caller_.ram.at(page), ranges.data(), ranges.size() * sizeof ranges[0]);
        return call(LINTEL_HC_seal_declare, {page, ranges.size()});
    }
    FakeCaller caller_;
};

TEST_F(SealCallTest, nobody_may_who_was_not_made_for_it)
{
    caller_.sealable = false;
    for (std::uint64_t number = LINTEL_HC_seal_declare; number <= LINTEL_HC_text_drop; ++number)
        EXPECT_EQ(caller_.call(number, {~0ull}), LINTEL_EPERM) << number;
    EXPECT_TRUE(caller_.seal_calls.empty() && caller_.declared.empty());
}

TEST_F(SealCallTest, unknown_flags_are_refused)
{
    for (unsigned bit = 0; bit < 64; ++bit) {
        const std::uint64_t flag = 1ull << bit;
        EXPECT_EQ(call(LINTEL_HC_seal_declare, {page, 1, flag}), LINTEL_EINVAL);
        EXPECT_EQ(call(LINTEL_HC_pt_exchange, {page, 0, flag}), LINTEL_EINVAL);
        EXPECT_EQ(call(LINTEL_HC_pt_batch, {0, 1, flag}), LINTEL_EINVAL);
        for (const auto number : {LINTEL_HC_pt_donate, LINTEL_HC_pt_withdraw, LINTEL_HC_text_make,
                                  LINTEL_HC_text_drop})
            EXPECT_EQ(call(number, {page, 1, flag}), LINTEL_EINVAL);
        EXPECT_EQ(call(LINTEL_HC_text_write, {page, 0, 1, flag}), LINTEL_EINVAL);
        if (flag != LINTEL_SEAL_PAIR) {
            EXPECT_EQ(call(LINTEL_HC_seal, {2 * page, flag}), LINTEL_EINVAL);
        }
    }
    EXPECT_TRUE(caller_.seal_calls.empty() && caller_.declared.empty());
}

TEST_F(SealCallTest, ranges_are_declared_in_order)
{
    EXPECT_EQ(declare({{7 * page, 3, LINTEL_FRAME_TEXT}, {0, 16384, LINTEL_FRAME_PLAIN}}), 2);
    EXPECT_EQ(caller_.declared, (std::vector<FakeCaller::Declared>{
                                    {{Gfn{7}, 3}, LINTEL_FRAME_TEXT}, {{Gfn{0}, 16384}, 0}}));
}

TEST_F(SealCallTest, a_call_declares_a_bounded_number_of_pages_and_ranges)
{
    EXPECT_EQ(declare({{0, 16384, 1}, {0, 16384, 1}, {0, 1, 1}}), 1);
    EXPECT_EQ(declare(std::vector<lintel_seal_range>(200, {0, 1, 1})), LINTEL_SEAL_RANGES);
}

TEST_F(SealCallTest, bad_ranges_are_refused_where_they_come_first)
{
    const lintel_seal_range bad[] = {{1, 1, 1}, {page, 0, 1}, {page, 16385, 1}, {page, 1, 7}};
    for (const auto& range : bad) {
        EXPECT_EQ(declare({range}), LINTEL_EINVAL);
        EXPECT_EQ(declare({{0, 1, 1}, range, {0, 1, 1}}), 1);
    }
    caller_.most_declared = caller_.declared.size();
    EXPECT_EQ(declare({{0, 1, 1}}), LINTEL_EBUSY);
    EXPECT_EQ(call(LINTEL_HC_seal_declare, {page + 4, 1}), LINTEL_EINVAL);
    EXPECT_EQ(call(LINTEL_HC_seal_declare, {page, 0}), LINTEL_EINVAL);
    EXPECT_EQ(call(LINTEL_HC_seal_declare, {8 * page, 1}), LINTEL_EFAULT);
}

TEST_F(SealCallTest, roots_are_aligned_as_one_or_as_a_pair)
{
    EXPECT_EQ(call(LINTEL_HC_seal, {3 * page}), 7);
    EXPECT_EQ(call(LINTEL_HC_seal, {4 * page, LINTEL_SEAL_PAIR}), 7);
    EXPECT_EQ(call(LINTEL_HC_seal, {3 * page, LINTEL_SEAL_PAIR}), LINTEL_EINVAL);
    EXPECT_EQ(call(LINTEL_HC_seal, {3 * page + 8}), LINTEL_EINVAL);
    EXPECT_EQ(caller_.seal_calls, (Calls{{"seal", 3, 0}, {"seal", 4, 1}}));
}

TEST_F(SealCallTest, an_exchange_answers_the_old_entry_beside_the_status)
{
    EXPECT_EQ(call(LINTEL_HC_pt_exchange, {page + 8, 42}), 0);
    EXPECT_EQ(caller_.second, 7u);
    caller_.seal_refused = Error::not_permitted;
    EXPECT_EQ(call(LINTEL_HC_pt_exchange, {page + 8, 42}), LINTEL_EPERM);
    EXPECT_EQ(caller_.second, 0u);
    EXPECT_EQ(call(LINTEL_HC_pt_exchange, {page + 4, 42}), LINTEL_EINVAL);
    EXPECT_EQ(caller_.seal_calls.size(), 2u);
}

TEST_F(SealCallTest, slots_of_a_batch_lie_in_the_buffer)
{
    for (const auto& [first, end] : {std::pair{0ull, 0ull}, {5ull, 5ull}, {6ull, 5ull},
                                     {0ull, 257ull}, {256ull, 257ull}, {~0ull, ~0ull},
                                     {~0ull, 1ull}, {0ull, 1ull << 32}})
        EXPECT_EQ(call(LINTEL_HC_pt_batch, {first, end}), LINTEL_EINVAL) << first;
    EXPECT_EQ(call(LINTEL_HC_pt_batch, {0, 256}), 7);
    EXPECT_EQ(call(LINTEL_HC_pt_batch, {255, 256}), 7);
    EXPECT_EQ(caller_.seal_calls, (Calls{{"batch", 0, 256}, {"batch", 255, 256}}));
}

TEST_F(SealCallTest, a_donation_ends_at_the_next_2_mib_boundary)
{
    EXPECT_EQ(call(LINTEL_HC_pt_donate, {512 * page, ~0ull}), 7);
    EXPECT_EQ(call(LINTEL_HC_pt_donate, {510 * page, 9}), 7);
    EXPECT_EQ(caller_.seal_calls, (Calls{{"donate", 512, 512}, {"donate", 510, 2}}));
}

TEST_F(SealCallTest, journeys_take_up_to_512_pages)
{
    for (const auto number : {LINTEL_HC_pt_withdraw, LINTEL_HC_text_make, LINTEL_HC_text_drop}) {
        EXPECT_EQ(call(number, {page, 512}), 7);
        for (const std::uint64_t pages : {0ull, 513ull, 1ull << 32, ~0ull})
            EXPECT_EQ(call(number, {page, pages}), LINTEL_EINVAL);
        EXPECT_EQ(call(number, {page + 8, 1}), LINTEL_EINVAL);
    }
    EXPECT_EQ(caller_.seal_calls,
              (Calls{{"withdraw", 1, 512}, {"make", 1, 512}, {"drop", 1, 512}}));
}

TEST_F(SealCallTest, text_is_written_within_one_word)
{
    EXPECT_EQ(call(LINTEL_HC_text_write, {page + 3, 9, 5}), 0);
    EXPECT_EQ(caller_.seal_calls, (Calls{{"text", page + 3, 9, 5}}));
    for (const std::uint64_t bytes : {0ull, 6ull, 9ull, 1ull << 32, ~0ull})
        EXPECT_EQ(call(LINTEL_HC_text_write, {page + 3, 9, bytes}), LINTEL_EINVAL);
}

} // namespace
} // namespace lintel
