// SPDX-License-Identifier: Apache-2.0
// Random edits of the guest-physical map against a model that has one entry per page, looked at
// after every single store.
#include "mm/ept.hpp"

#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "fakes/fake_ept_memory.hpp"

namespace lintel::ept {
namespace {

constexpr std::uint64_t n2m = 512, n1g = 512 * 512; // frames

class EptRandomTest : public testing::TestWithParam<Level> {
protected:
    // Pages at the borders of 2 MiB, 1 GiB and 512 GiB, where edits are most likely to go wrong.
    static constexpr std::uint64_t centres[] = {n2m, n1g, 512 * n1g};
    static constexpr std::uint64_t reach = 3 * n2m;

    std::uint64_t pick_gfn()
    {
        const std::uint64_t gfn = centres[random_() % 3] + random_() % (2 * reach) - n2m;
        switch (random_() % 3) {
        case 0:
            return gfn / n2m * n2m;
        case 1:
            return gfn / 64 * 64;
        default:
            return gfn;
        }
    }
    std::uint64_t pick_count()
    {
        const std::uint64_t counts[] = {1, 2, 64, n2m - 1, n2m, n2m + 1, 2 * n2m, n1g};
        return counts[random_() % 8];
    }
    Mapping expected(std::uint64_t gfn) const
    {
        auto run = model_.upper_bound(gfn); // the run that starts at or before gfn
        if (run == model_.begin())
            return {};
        --run;
        Mapping mapping = run->second;
        mapping.frame = mapping.frame + (gfn - run->first);
        return mapping;
    }
    // The model is a list of runs: each holds until the next one starts.
    void set(GfnRange range, Mapping mapping)
    {
        const std::uint64_t first = range.first.number, end = range.end().number;
        const Mapping beyond = expected(end);
        model_.erase(model_.lower_bound(first), model_.upper_bound(end));
        model_[first] = mapping;
        model_[end] = beyond;
    }
    void expect_as_before(std::uint64_t gfn, GfnRange edited)
    {
        ASSERT_TRUE(edited.contains(Gfn{gfn}) ||
                    same_translation(tables_.walk(map_.root(), Gfn{gfn}), expected(gfn)))
            << "gfn " << gfn << " in an edit of " << edited.first.number << " + " << edited.count;
    }

    // No table but the root is empty.
    void expect_counted_entries()
    {
        for (const auto& [frame, entries] : tables_.live) {
            const auto present = std::count_if(entries.begin(), entries.end(),
                                               [](Entry entry) { return entry.present(); });
            ASSERT_EQ(present, tables_.entries[frame]);
            ASSERT_TRUE(present != 0 || Mfn{frame} == map_.root());
        }
    }

    std::mt19937_64 random_{3};
    FakeTables tables_;
    FakeMap map_ = FakeMap::create(FakeEptMemory{tables_}).take();
    std::map<std::uint64_t, Mapping> model_;
};

TEST_P(EptRandomTest, edits_agree_with_a_page_by_page_model_after_every_store)
{
    tables_.largest_leaf = GetParam();
    for (int step = 0; step < 400 && !HasFatalFailure(); ++step) {
        const GfnRange range{Gfn{pick_gfn()}, pick_count()};
        const std::uint64_t watched[] = {range.first.number - 1, range.end().number, pick_gfn()};
        tables_.after_store = [&] {
            for (const std::uint64_t gfn : watched)
                expect_as_before(gfn, range);
        };
        if (random_() % 3 == 0) {
            ASSERT_TRUE(map_.unmap(range).ok());
            set(range, {});
        } else {
            // Aligned like the guest's frames, or not.
            const Mfn first{random_() % 4 * n1g + range.first.number % n1g + random_() % 2};
            const Access access = random_() % 2 == 0 ? Access::rwx : Access::r;
            ASSERT_TRUE(map_.map(range, first, access, MemoryType::write_back).ok());
            set(range, {first, access, MemoryType::write_back, Level::pt});
        }
        ASSERT_EQ(map_.tables(), tables_.live.size());
        expect_counted_entries();
        for (int sample = 0; sample < 200; ++sample) {
            const std::uint64_t gfn = pick_gfn();
            const Mapping found = map_.lookup(Gfn{gfn});
            ASSERT_TRUE(same_translation(found, expected(gfn))) << "gfn " << gfn;
            ASSERT_LE(found.level, GetParam());
        }
    }
    tables_.after_store = [] {};
    ASSERT_TRUE(map_.unmap({Gfn{0}, 1024 * n1g}).ok());
    EXPECT_EQ(tables_.live.size(), 1u); // the root
}

INSTANTIATE_TEST_SUITE_P(LargestLeaf, EptRandomTest, testing::Values(Level::pd, Level::pdpt));

} // namespace
} // namespace lintel::ept
