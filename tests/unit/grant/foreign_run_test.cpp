// SPDX-License-Identifier: Apache-2.0
// Foreign mappings of what lies in one large page of the owner's: in bulk, with the result of single
// ones.
#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_domain.hpp"

namespace lintel {
namespace {

using ept::Access;

class ForeignRun : public testing::Test {
protected:
    static constexpr Gfn base{1024}; // where the owner sees its 2 MiB
    ForeignRun() : first_{machine_.frames.allocate(order_2m, owner_of(owner_.id)).take()}
    {
        owner_.map.map({base, 512}, first_, Access::rwx, ept::MemoryType::write_back).take();
    }
    void TearDown() override
    {
        EXPECT_EQ(owner_.lent_frames, 0u);
        EXPECT_EQ(dom0_.mappings.count(), 0u);
        EXPECT_EQ(dom0_.map.tables(), 1u); // no table is left behind
        for (const FrameInfo& frame : machine_.table)
            EXPECT_EQ(frame.uses, 0);
        for (std::uint64_t i = 0; i < 512; ++i)
            EXPECT_EQ(machine_.frames.of(first_ + i).previous, 0u);
    }
    Result<Handle> map(std::uint64_t from, std::uint64_t count, bool writable)
    {
        told_.clear();
        return map_foreign(dom0_, owner_, {base + from, count}, writable, domains_,
                           [&](std::uint64_t i, Gfn at) {
                               EXPECT_EQ(i, told_.size());
                               told_.push_back(at);
                           });
    }
    void unmap(Handle handle)
    {
        Unmapping unmapping{dom0_, domains_};
        EXPECT_TRUE(unmapping.add(handle, Mapping::Kind::foreign).ok());
        unmapping.finish();
    }
    Access access(std::uint64_t at) { return dom0_.map.lookup(Gfn{(first_ + at).number}).access; }
    void expect_access(std::uint64_t from, std::uint64_t to, Access wanted)
    {
        for (std::uint64_t at = from; at < to; ++at)
            ASSERT_EQ(access(at), wanted) << at;
    }

    FakeMachine machine_{2048};
    FakeDomain dom0_{machine_, 0}, owner_{machine_, 1};
    FakeDomains domains_{{&dom0_, &owner_}};
    Mfn first_;
    std::vector<Gfn> told_;
};

TEST_F(ForeignRun, a_large_page_is_mapped_by_small_entries_and_ended_by_one_flush)
{
    const Handle handle = map(0, 512, true).take();
    ASSERT_EQ(told_.size(), 512u);
    for (std::uint64_t i = 0; i < 512; ++i)
        EXPECT_EQ(told_[i], Gfn{(first_ + i).number});
    expect_access(0, 512, Access::rw);
    EXPECT_EQ(dom0_.map.lookup(Gfn{first_.number}).level, ept::Level::pt);
    EXPECT_EQ(owner_.lent_frames, 512u);
    dom0_.during_shootdown = [&] {
        EXPECT_EQ(access(511), Access::none);
        EXPECT_EQ(owner_.lent_frames, 512u); // still
    };
    unmap(handle);
    EXPECT_EQ(dom0_.shootdowns, 1u);
}

TEST_F(ForeignRun, rights_are_what_all_mappings_of_a_page_need)
{
    const Handle middle = map(10, 10, true).take();
    const Handle all = map(0, 512, false).take();
    EXPECT_EQ(owner_.lent_frames, 512u);
    expect_access(0, 10, Access::r);
    expect_access(10, 20, Access::rw);
    expect_access(20, 512, Access::r);
    unmap(middle);
    expect_access(0, 512, Access::r);
    const Handle again = map(5, 10, true).take();
    unmap(all);
    expect_access(0, 5, Access::none);
    expect_access(5, 15, Access::rw);
    expect_access(15, 512, Access::none);
    unmap(again);
}

TEST_F(ForeignRun, one_page_that_cannot_be_lent_undoes_all)
{
    machine_.frames.of(first_ + 300).uses = 0xffff;
    EXPECT_EQ(map(0, 512, true).error(), Error::limit_reached);
    EXPECT_EQ(map(300, 1, true).error(), Error::limit_reached);
    machine_.frames.of(first_ + 300).uses = 0;
    machine_.frames.set_owner({first_ + 100, 1}, Owner::hypervisor);
    EXPECT_EQ(map(0, 512, true).error(), Error::bad_address);
    machine_.frames.set_owner({first_ + 100, 1}, owner_of(owner_.id));
    EXPECT_EQ(map(500, 13, true).error(), Error::bad_address); // beyond its RAM
    expect_access(0, 512, Access::none);
}

TEST_F(ForeignRun, without_memory_for_a_table_nothing_is_lent)
{
    for (std::size_t allowance = 0; allowance < 3; ++allowance) {
        dom0_.tables.allocations_left = allowance;
        EXPECT_EQ(map(0, 512, true).error(), Error::no_memory);
        EXPECT_EQ(owner_.lent_frames, 0u);
    }
    dom0_.tables.allocations_left = 3;
    unmap(map(0, 512, true).take());
}

} // namespace
} // namespace lintel
