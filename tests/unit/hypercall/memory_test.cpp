// SPDX-License-Identifier: Apache-2.0
// memory_release and memory_claim: which part of a range one call does. Contract:
// docs/abi/memory.md.
#include "hypercall/memory.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"

namespace lintel {
namespace {

struct MemoryCall {
    lintel_hypercall number;
    std::vector<GfnRange> FakeCaller::*done;
};

class MemoryCallTest : public testing::TestWithParam<MemoryCall> {
protected:
    std::int64_t call(std::uint64_t gpa, std::uint64_t frames, std::uint64_t flags = 0)
    {
        return caller_.call(GetParam().number, {gpa, frames, flags});
    }
    const std::vector<GfnRange>& done() const { return caller_.*GetParam().done; }
    void add(std::uint64_t number) { caller_.ram.add(Gfn{number}); }
    FakeCaller caller_;
};

TEST_P(MemoryCallTest, small_range_is_done_whole)
{
    add(5);
    EXPECT_EQ(call(5 * page_size, 3), 3);
    EXPECT_EQ(done(), (std::vector<GfnRange>{{Gfn{5}, 3}}));
}

TEST_P(MemoryCallTest, one_call_ends_at_the_next_2_mib_boundary)
{
    add(512);
    add(1023);
    EXPECT_EQ(call(512 * page_size, ~0ull), 512);
    EXPECT_EQ(call(1023 * page_size, 2), 1);
    EXPECT_EQ(done(), (std::vector<GfnRange>{{Gfn{512}, 512}, {Gfn{1023}, 1}}));
}

TEST_P(MemoryCallTest, result_is_what_was_done)
{
    add(0);
    caller_.frames_done = 7;
    EXPECT_EQ(call(0, 512), 7);
}

TEST_P(MemoryCallTest, bad_ranges_are_refused)
{
    add(1);
    for (const std::uint64_t off : {1, 8, 4095})
        EXPECT_EQ(call(page_size + off, 1), LINTEL_EINVAL);
    EXPECT_EQ(call(page_size, 0), LINTEL_EINVAL);
    EXPECT_EQ(call(page_size, 1, 1), LINTEL_EINVAL);
    EXPECT_TRUE(done().empty());
}

TEST_P(MemoryCallTest, first_page_decides_whether_there_is_memory)
{
    add(1);
    for (const std::uint64_t gpa : {0ul, 2 * page_size, ~(page_size - 1)})
        EXPECT_EQ(call(gpa, 1), LINTEL_EFAULT) << gpa;
    EXPECT_TRUE(done().empty());
}

INSTANTIATE_TEST_SUITE_P(Calls, MemoryCallTest,
                         testing::Values(MemoryCall{LINTEL_HC_memory_release,
                                                    &FakeCaller::released},
                                         MemoryCall{LINTEL_HC_memory_claim, &FakeCaller::claimed}),
                         [](const auto& info) {
                             return info.param.number == LINTEL_HC_memory_release ? "release"
                                                                                  : "claim";
                         });

} // namespace
} // namespace lintel
