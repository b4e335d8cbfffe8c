// SPDX-License-Identifier: Apache-2.0
// grant_revoke, alone and in a batch.
#include "hypercall/grant.hpp"

#include <vector>

#include "fakes/grant_calls.hpp"

namespace lintel {
namespace {

TEST_F(GrantCallTest, revoke_answers_for_the_callers_own_entries)
{
    const auto revoke = [&](std::uint64_t ref) {
        return caller_.call(LINTEL_HC_grant_revoke, {ref, 0});
    };
    caller_.self.grant(3, {5}, caller_.other, true);
    EXPECT_EQ(revoke(3), LINTEL_EINVAL);
    caller_.self.set_entry(3, 0);
    EXPECT_EQ(revoke(3), 0);
    for (const std::uint64_t ref :
         {std::uint64_t{FakeDomain::refs}, 1ul << 32, (1ul << 32) + 3, ~0ul})
        EXPECT_EQ(revoke(ref), LINTEL_ENOENT) << ref;
    EXPECT_EQ(caller_.call(LINTEL_HC_grant_revoke, {3, 1}), LINTEL_EINVAL);
}

TEST_F(GrantCallTest, revoking_a_batch_tells_of_each_entry)
{
    caller_.self.grant(1, {1}, caller_.other, true);
    caller_.self.uses[2] = 1;
    store(array, std::vector<lintel_grant_revoke>{{0, 77}, {1, 77}, {2, 77}, {~0u, 77}});
    EXPECT_EQ(call(LINTEL_HC_grant_revoke_batch, 4), 4);
    const std::int32_t expected[] = {0, LINTEL_EINVAL, LINTEL_EBUSY, LINTEL_ENOENT};
    for (std::uint32_t i = 0; i < 4; ++i)
        EXPECT_EQ(load<lintel_grant_revoke>(array, i).status, expected[i]) << i;
    EXPECT_EQ(load<lintel_grant_revoke>(array, 2).ref, 2u);
}

} // namespace
} // namespace lintel
