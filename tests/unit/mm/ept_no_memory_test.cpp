// SPDX-License-Identifier: Apache-2.0
// Table pages run out in the middle of an edit, at every point where one is asked for: nothing
// outside the range changes, no table is lost, and the map can be used on.
#include "mm/ept.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_ept_memory.hpp"

namespace lintel::ept {
namespace {

constexpr std::uint64_t n2m = 512, n1g = 512 * 512; // frames
constexpr auto wb = MemoryType::write_back;
constexpr std::size_t plenty = 1000;

TEST(EptNoMemory, without_a_root_there_is_no_map)
{
    FakeTables tables;
    tables.allocations_left = 0;
    EXPECT_EQ(FakeMap::create(FakeEptMemory{tables}).error(), Error::no_memory);
    EXPECT_TRUE(tables.live.empty());
}

// One edit of a map that holds 1 GiB at 0 and a page of another root entry.
class Edit : public testing::TestWithParam<GfnRange> {
protected:
    static constexpr std::uint64_t far_page = 512 * n1g + 3;

    // Asks for everything outside of the range, by sample.
    void expect_rest_unchanged(FakeMap& map)
    {
        for (const std::uint64_t gfn : {0ull, 1ull, 511ull, 512ull, 513ull, 1024ull, 262143ull})
            EXPECT_TRUE(GetParam().contains(Gfn{gfn}) ||
                        map.lookup(Gfn{gfn}).frame == Mfn{n1g + gfn})
                << gfn;
        EXPECT_EQ(map.lookup(Gfn{far_page}).frame, Mfn{42});
    }
    // The edit with `allowance` table pages; whether it succeeded.
    template <typename Do>
    bool attempt(std::size_t allowance, Do edit)
    {
        FakeTables tables;
        bool done;
        {
            FakeMap map = FakeMap::create(FakeEptMemory{tables}).take();
            EXPECT_TRUE(map.map({Gfn{0}, n1g}, Mfn{n1g}, Access::rwx, wb).ok());
            EXPECT_TRUE(map.map({Gfn{far_page}, 1}, Mfn{42}, Access::rwx, wb).ok());
            tables.allocations_left = allowance;
            auto result = edit(map);
            done = result.ok();
            EXPECT_TRUE(done || result.error() == Error::no_memory);
            EXPECT_EQ(map.tables(), tables.live.size());
            expect_rest_unchanged(map);

            tables.allocations_left = plenty; // memory is there again: the range can be given up
            EXPECT_TRUE(map.unmap(GetParam()).ok());
            EXPECT_EQ(map.lookup(GetParam().first).access, Access::none);
            EXPECT_EQ(map.lookup(GetParam().end() + ~0ull).access, Access::none);
            expect_rest_unchanged(map);
        }
        EXPECT_TRUE(tables.live.empty()) << tables.live.size() << " tables lost";
        return done;
    }
    // More and more table pages until it succeeds; how many it took.
    template <typename Do>
    std::size_t needed(Do edit)
    {
        std::size_t allowance = 0;
        while (!attempt(allowance, edit) && allowance < plenty)
            ++allowance;
        return allowance;
    }
};

TEST_P(Edit, map_that_runs_out_leaves_the_rest_alone_and_loses_nothing)
{
    const GfnRange range = GetParam();
    EXPECT_GT(needed([&](FakeMap& map) { return map.map(range, Mfn{3}, Access::r, wb); }), 0u);
}

TEST_P(Edit, unmap_that_runs_out_leaves_the_rest_alone_and_loses_nothing)
{
    const GfnRange range = GetParam();
    EXPECT_GT(needed([&](FakeMap& map) { return map.unmap(range); }), 0u);
}

// A page, a page pair across a 2 MiB border, ragged 4 MiB, and across the end of the 1 GiB page.
INSTANTIATE_TEST_SUITE_P(EptNoMemory, Edit,
                         testing::Values(GfnRange{Gfn{2}, 1}, GfnRange{Gfn{n2m - 1}, 2},
                                         GfnRange{Gfn{2}, 2 * n2m}, GfnRange{Gfn{n1g - 1}, 2}));

} // namespace
} // namespace lintel::ept
