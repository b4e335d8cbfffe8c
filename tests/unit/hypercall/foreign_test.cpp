// SPDX-License-Identifier: Apache-2.0
// foreign_map, foreign_unmap: arguments, and who may. What mappings are:
// grant/foreign_mapping_test.cpp.
#include "hypercall/foreign.hpp"

#include "fakes/grant_calls.hpp"

namespace lintel {
namespace {

class ForeignCallTest : public GrantCallTest {
protected:
    ForeignCallTest()
    {
        for (std::uint64_t gfn = 6; gfn <= 9; ++gfn)
            caller_.other.add_ram({gfn});
    }
    std::int64_t foreign_map(std::uint64_t domain, std::uint64_t gpa, std::uint64_t frames,
                             std::uint64_t answer = array, std::uint64_t flags = 0)
    {
        return caller_.call(LINTEL_HC_foreign_map, {domain, gpa, frames, answer, flags});
    }
};

TEST_F(ForeignCallTest, machine_addresses_are_told)
{
    const std::int64_t handle = foreign_map(1, 5 * page_size, 5, 2 * page_size - 16);
    ASSERT_GT(handle, 0);
    for (std::uint64_t i = 0; i < 5; ++i)
        EXPECT_EQ(load<std::uint64_t>(2 * page_size - 16, i),
                  caller_.other.map.lookup({5 + i}).frame.address());
    EXPECT_EQ(unmap(static_cast<std::uint32_t>(handle)), LINTEL_ENOENT);
    EXPECT_EQ(unmap(static_cast<std::uint32_t>(handle), LINTEL_HC_foreign_unmap), 0);
    EXPECT_EQ(caller_.other.lent_frames, 0u);
}

TEST_F(ForeignCallTest, read_only_when_asked_for)
{
    const std::int64_t handle = foreign_map(1, 5 * page_size, 1, array, LINTEL_GRANT_READONLY);
    EXPECT_EQ(caller_.self.map.lookup({frame_.number}).access, ept::Access::r);
    EXPECT_EQ(unmap(static_cast<std::uint32_t>(handle), LINTEL_HC_foreign_unmap), 0);
}

TEST_F(ForeignCallTest, bad_arguments_are_refused)
{
    const std::uint64_t gpa = 5 * page_size;
    EXPECT_EQ(foreign_map(1, gpa + 1, 1), LINTEL_EINVAL);
    EXPECT_EQ(foreign_map(1, gpa, 0), LINTEL_EINVAL);
    EXPECT_EQ(foreign_map(1, gpa, LINTEL_FOREIGN_FRAMES + 1), LINTEL_EINVAL);
    EXPECT_EQ(foreign_map(1, gpa, (1ul << 32) + 1), LINTEL_EINVAL);
    EXPECT_EQ(foreign_map(1, gpa, 1, array + 4), LINTEL_EINVAL);
    EXPECT_EQ(foreign_map(1, gpa, 1, array, 2), LINTEL_EINVAL);
    EXPECT_EQ(foreign_map(2, gpa, 1), LINTEL_ENOENT);
    EXPECT_EQ(foreign_map((1ul << 32) + 1, gpa, 1), LINTEL_ENOENT);
    EXPECT_EQ(foreign_map(0, gpa, 1), LINTEL_EPERM);
    EXPECT_EQ(foreign_map(LINTEL_DOMAIN_SELF, gpa, 1), LINTEL_EPERM);
    EXPECT_EQ(foreign_map(1, gpa, 1, 0), LINTEL_EFAULT);
    EXPECT_EQ(foreign_map(1, gpa, 2, 4 * page_size - 8), LINTEL_EFAULT);
    EXPECT_EQ(foreign_map(1, gpa, 6), LINTEL_EFAULT); // beyond its RAM
    EXPECT_EQ(foreign_map(1, ~0ul << 12, 2), LINTEL_EFAULT);
    EXPECT_EQ(caller_.other.lent_frames, 0u);
    EXPECT_EQ(caller_.self.mappings.count(), 0u);
}

TEST_F(ForeignCallTest, others_than_dom0_may_not_whatever_they_pass)
{
    become_unprivileged();
    for (const std::uint64_t value : {0ul, 1ul, page_size, ~0ul}) {
        EXPECT_EQ(foreign_map(value, value, value, value, value), LINTEL_EPERM);
        EXPECT_EQ(caller_.call(LINTEL_HC_foreign_unmap, {value, value, value}), LINTEL_EPERM);
    }
}

} // namespace
} // namespace lintel
