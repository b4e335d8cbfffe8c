// SPDX-License-Identifier: Apache-2.0
// Memory that dom0 maps without a grant.
#include "grant/mapping.hpp"

#include "fakes/grant_mapping.hpp"

namespace lintel {
namespace {

TEST_F(GrantMapping, foreign_pages_are_seen_at_their_machine_addresses)
{
    const Handle handle = foreign({{1}, 4}).take();
    ASSERT_EQ(told_.size(), 4u);
    for (std::uint64_t i = 0; i < 4; ++i) {
        EXPECT_EQ(told_[i], Gfn{frames_[1 + i].number});
        EXPECT_EQ(direct(frames_[1 + i]), Access::rw);
    }
    EXPECT_EQ(a_.lent_frames, 4u);
    EXPECT_EQ(unmap(dom0_, handle).error(), Error::not_found); // it is no grant
    EXPECT_TRUE(unmap(dom0_, handle, Kind::foreign).ok());
    EXPECT_EQ(direct(frames_[3]), Access::none);
    EXPECT_EQ(dom0_.shootdowns, 1u);
    expect_nothing_lent();
}

TEST_F(GrantMapping, foreign_pages_are_all_mapped_or_none)
{
    a_.grant(0, {1}, dom0_, false);
    const Handle other = map(dom0_, 0, false).take().handle;
    EXPECT_EQ(foreign({{0}, 2}).error(), Error::bad_address);
    EXPECT_EQ(foreign({{1}, 5}).error(), Error::bad_address); // the fifth is no RAM
    machine_.frames.of(frames_[3]).uses = 0xffff;
    told_.clear();
    EXPECT_EQ(foreign({{1}, 4}).error(), Error::limit_reached);
    machine_.frames.of(frames_[3]).uses = 0;
    EXPECT_EQ(direct(frames_[1]), Access::r); // what was there before
    EXPECT_EQ(direct(frames_[2]), Access::none);
    EXPECT_TRUE(unmap(dom0_, other).ok());
    expect_nothing_lent();
}

TEST_F(GrantMapping, foreign_mapping_and_grants_of_one_page_count_together)
{
    a_.grant(0, {1}, dom0_, true);
    const Handle page = foreign({{1}, 1}, false).take(), granted = map(dom0_, 0).take().handle;
    EXPECT_EQ(direct(frames_[1]), Access::rw);
    EXPECT_TRUE(unmap(dom0_, granted).ok());
    EXPECT_EQ(direct(frames_[1]), Access::r);
    EXPECT_TRUE(unmap(dom0_, page, Kind::foreign).ok());
    expect_nothing_lent();
}

TEST_F(GrantMapping, batch_of_large_mappings_ends_before_it_takes_long)
{
    FakeDomain large{machine_, 5};
    domains_.all.push_back(&large);
    for (std::uint64_t gfn = 0; gfn < 300; ++gfn)
        large.add_ram({gfn});
    const auto tell = [](std::uint64_t, Gfn) {};
    Unmapping batch{dom0_, domains_};
    for (int i = 0; i < 2; ++i) {
        const Handle handle = map_foreign(dom0_, large, {{0}, 300}, false, domains_, tell).take();
        EXPECT_FALSE(batch.full());
        EXPECT_TRUE(batch.add(handle, Kind::foreign).ok());
    }
    EXPECT_TRUE(batch.full()); // 512 frames or more
    batch.finish();
    EXPECT_FALSE(batch.full());
    expect_nothing_lent();
}

} // namespace
} // namespace lintel
