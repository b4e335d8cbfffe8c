// SPDX-License-Identifier: Apache-2.0
// Mappings from beginning to end: what the mapper sees, what the owner cannot do meanwhile, and
// when it can again.
#include "grant/mapping.hpp"

#include "fakes/grant_mapping.hpp"

namespace lintel {
namespace {

TEST_F(GrantMapping, domain_sees_the_page_in_its_window)
{
    a_.grant(0, {1}, b_, true);
    const Mapped mapped = map(b_, 0, true, FakeDomain::window + 3).take();
    EXPECT_EQ(mapped.at, FakeDomain::window + 3);
    EXPECT_EQ(b_.map.lookup(mapped.at).frame, frames_[1]);
    EXPECT_EQ(access(b_, mapped.at), Access::rw); // never executable
    EXPECT_EQ(a_.grants.used(), 1u);
    EXPECT_EQ(a_.lent_frames, 1u);
    EXPECT_TRUE(unmap(b_, mapped.handle).ok());
    EXPECT_EQ(access(b_, mapped.at), Access::none);
    expect_nothing_lent();
}

TEST_F(GrantMapping, dom0_sees_the_page_at_its_machine_address)
{
    a_.grant(0, {2}, dom0_, true);
    const Mapped mapped = map(dom0_, 0).take();
    EXPECT_EQ(mapped.at, Gfn{frames_[2].number});
    EXPECT_EQ(dom0_.map.lookup(mapped.at).frame, frames_[2]);
    EXPECT_EQ(direct(frames_[2]), Access::rw);
    EXPECT_TRUE(unmap(dom0_, mapped.handle).ok());
    EXPECT_EQ(direct(frames_[2]), Access::none);
    expect_nothing_lent();
}

TEST_F(GrantMapping, page_of_dom0_is_seen_in_the_window)
{
    const Mfn frame = dom0_.add_ram();
    dom0_.grant(1, Gfn{frame.number}, b_, false);
    const Mapped mapped = map_grant(b_, dom0_, 1, false, FakeDomain::window).take();
    EXPECT_EQ(b_.map.lookup(mapped.at).frame, frame);
    EXPECT_EQ(access(b_, mapped.at), Access::r);
    EXPECT_EQ(dom0_.lent_frames, 1u);
    EXPECT_EQ(direct(frame), Access::rwx); // its own sight of it stays
    EXPECT_TRUE(unmap(b_, mapped.handle).ok());
    EXPECT_EQ(direct(frame), Access::rwx);
    expect_nothing_lent();
}

TEST_F(GrantMapping, read_only_grant_is_not_mapped_writable)
{
    a_.grant(0, {1}, b_, false);
    EXPECT_EQ(map(b_, 0, true).error(), Error::not_permitted);
    expect_nothing_lent();
    const Mapped mapped = map(b_, 0, false).take();
    EXPECT_EQ(access(b_, mapped.at), Access::r);
    EXPECT_TRUE(unmap(b_, mapped.handle).ok());
}

TEST_F(GrantMapping, dom0_has_the_rights_of_all_its_mappings_together)
{
    a_.grant(0, {1}, dom0_, true);
    const Handle read = map(dom0_, 0, false).take().handle;
    EXPECT_EQ(direct(frames_[1]), Access::r);
    const Handle write = map(dom0_, 0, true).take().handle;
    EXPECT_EQ(direct(frames_[1]), Access::rw);
    const Handle again = map(dom0_, 0, true).take().handle;
    EXPECT_TRUE(unmap(dom0_, write).ok());
    EXPECT_EQ(direct(frames_[1]), Access::rw);
    EXPECT_EQ(dom0_.shootdowns, 0u); // nothing was taken away
    EXPECT_TRUE(unmap(dom0_, again).ok());
    EXPECT_EQ(direct(frames_[1]), Access::r);
    EXPECT_EQ(dom0_.shootdowns, 1u);
    EXPECT_TRUE(unmap(dom0_, read).ok());
    EXPECT_EQ(direct(frames_[1]), Access::none);
    expect_nothing_lent();
}

TEST_F(GrantMapping, mappings_of_different_domains_do_not_mix)
{
    a_.grant(0, {1}, dom0_, false);
    a_.grant(1, {1}, b_, true);
    const Handle ours = map(dom0_, 0, false).take().handle;
    const Mapped theirs = map(b_, 1).take();
    EXPECT_EQ(direct(frames_[1]), Access::r);
    EXPECT_EQ(uses(frames_[1]), 2u);
    EXPECT_EQ(a_.lent_frames, 1u);
    EXPECT_TRUE(unmap(dom0_, ours).ok());
    EXPECT_EQ(direct(frames_[1]), Access::none);
    EXPECT_EQ(access(b_, theirs.at), Access::rw);
    EXPECT_EQ(b_.shootdowns, 0u); // one domain's flush is not the other's
    EXPECT_TRUE(unmap(b_, theirs.handle).ok());
    expect_nothing_lent();
}

TEST_F(GrantMapping, page_must_be_the_granters_own_ram)
{
    const Mfn hypervisors = machine_.frames.allocate(0, Owner::hypervisor).take();
    const Mfn others = b_.add_ram({1});
    a_.map.map({{0x10}, 1}, hypervisors, Access::rw, ept::MemoryType::write_back)
        .take(); // shared page
    a_.map.map({{0x11}, 1}, hypervisors, Access::rwx, ept::MemoryType::write_back).take();
    a_.map.map({{0x12}, 1}, others, Access::rw, ept::MemoryType::write_back)
        .take(); // foreign mapping
    for (const std::uint64_t gfn : {0x10ul, 0x11ul, 0x12ul, 0x99ul, (1ul << 36) - 1}) {
        a_.grant(0, {gfn}, b_, true);
        EXPECT_EQ(map(b_, 0).error(), Error::bad_address) << gfn;
    }
    expect_nothing_lent();
}

TEST_F(GrantMapping, nothing_is_mapped_over)
{
    a_.grant(0, {1}, b_, true);
    a_.grant(1, {2}, b_, true);
    const Mapped mapped = map(b_, 0).take();
    EXPECT_EQ(map(b_, 1).error(), Error::exists);
    EXPECT_EQ(map(b_, 0).error(), Error::exists);
    EXPECT_EQ(b_.map.lookup(mapped.at).frame, frames_[1]);
    EXPECT_EQ(uses(frames_[2]), 0u);
    EXPECT_EQ(b_.mappings.count(), 1u);
    EXPECT_TRUE(unmap(b_, mapped.handle).ok());
    expect_nothing_lent();
}

TEST_F(GrantMapping, unmapping_twice_or_by_a_stale_handle_is_refused)
{
    a_.grant(0, {1}, b_, true);
    const Handle old = map(b_, 0).take().handle;
    EXPECT_TRUE(unmap(b_, old).ok());
    EXPECT_EQ(unmap(b_, old).error(), Error::not_found);
    const Mapped young = map(b_, 0).take();
    EXPECT_EQ(unmap(b_, old).error(), Error::not_found);
    EXPECT_EQ(unmap(b_, young.handle, Kind::foreign).error(), Error::not_found);
    EXPECT_EQ(unmap(dom0_, young.handle).error(), Error::not_found); // another's
    EXPECT_EQ(access(b_, young.at), Access::rw);
    EXPECT_TRUE(unmap(b_, young.handle).ok());
    expect_nothing_lent();
}

TEST_F(GrantMapping, mapping_outlives_its_entry)
{
    a_.grant(0, {1}, b_, true);
    const Mapped mapped = map(b_, 0).take();
    a_.set_entry(0, 0);
    EXPECT_EQ(access(b_, mapped.at), Access::rw);
    EXPECT_EQ(a_.grants.revoke(0).error(), Error::busy);
    a_.grant(0, {2}, dom0_, true); // the entry is another's by now
    EXPECT_TRUE(unmap(b_, mapped.handle).ok());
    a_.set_entry(0, 0);
    EXPECT_TRUE(a_.grants.revoke(0).ok());
    expect_nothing_lent();
}

// Other CPUs may still use the old translation until the flush is over.
TEST_F(GrantMapping, frame_and_entry_are_in_use_until_the_flush_is_over)
{
    a_.grant(0, {1}, b_, true);
    const Mapped mapped = map(b_, 0).take();
    a_.set_entry(0, 0);
    b_.during_shootdown = [&] {
        EXPECT_EQ(access(b_, mapped.at), Access::none);
        EXPECT_EQ(uses(frames_[1]), 1u);
        EXPECT_EQ(a_.lent_frames, 1u);
        EXPECT_EQ(a_.grants.revoke(0).error(), Error::busy);
        EXPECT_EQ(b_.mappings.count(), 1u);
    };
    EXPECT_TRUE(unmap(b_, mapped.handle).ok());
    EXPECT_EQ(b_.shootdowns, 1u);
    EXPECT_TRUE(a_.grants.revoke(0).ok());
    a_.remove_ram({1}); // the frame may go
}

TEST_F(GrantMapping, batch_is_flushed_once)
{
    std::vector<Handle> handles;
    for (std::uint32_t ref = 0; ref < 4; ++ref) {
        a_.grant(ref, {1 + ref}, b_, true);
        handles.push_back(map(b_, ref, true, FakeDomain::window + ref).take().handle);
    }
    Unmapping unmapping{b_, domains_};
    for (const Handle handle : handles)
        EXPECT_TRUE(unmapping.add(handle, Kind::grant).ok());
    EXPECT_EQ(unmapping.add(handles[1], Kind::grant).error(), Error::not_found);
    EXPECT_EQ(uses(frames_[1]), 1u);
    unmapping.finish();
    EXPECT_EQ(b_.shootdowns, 1u);
    unmapping.finish();
    EXPECT_EQ(b_.shootdowns, 1u);
    expect_nothing_lent();
}

TEST_F(GrantMapping, handles_run_out_and_come_back)
{
    a_.grant(0, {1}, dom0_, false);
    std::vector<Handle> handles;
    for (std::uint32_t i = 0; i < FakeDomain::handles; ++i)
        handles.push_back(map(dom0_, 0, false).take().handle);
    EXPECT_EQ(map(dom0_, 0, false).error(), Error::limit_reached);
    EXPECT_EQ(uses(frames_[1]), FakeDomain::handles);
    EXPECT_TRUE(unmap(dom0_, handles[2]).ok());
    handles[2] = map(dom0_, 0, false).take().handle;
    for (const Handle handle : handles)
        EXPECT_TRUE(unmap(dom0_, handle).ok());
    expect_nothing_lent();
}

TEST_F(GrantMapping, failure_at_every_step_leaves_nothing)
{
    a_.grant(0, {1}, b_, true);
    for (std::size_t left = 0;; ++left) {
        b_.tables.allocations_left = left;
        const auto mapped = map(b_, 0);
        if (mapped.ok())
            break;
        EXPECT_EQ(mapped.error(), Error::no_memory);
        expect_nothing_lent();
    }
    machine_.frames.of(frames_[2]).uses = 0xffff;
    a_.grant(1, {2}, b_, true);
    EXPECT_EQ(map(b_, 1, true, FakeDomain::window + 1).error(), Error::limit_reached);
    machine_.frames.of(frames_[2]).uses = 0;
    EXPECT_EQ(b_.mappings.count(), 1u);
    EXPECT_EQ(a_.grants.used(), 1u);
}

TEST_F(GrantMapping, mapper_that_ends_gives_everything_back)
{
    const Mfn frame = dom0_.add_ram();
    dom0_.grant(0, Gfn{frame.number}, b_, true);
    EXPECT_TRUE(map_grant(b_, dom0_, 0, true, FakeDomain::window + 5).ok());
    for (std::uint32_t ref = 0; ref < 4; ++ref) {
        a_.grant(ref, {1 + ref}, b_, true);
        EXPECT_TRUE(map(b_, ref, true, FakeDomain::window + ref).ok());
    }
    std::uint32_t from = 0;
    EXPECT_FALSE(end_mappings(b_, from, 2, domains_));
    EXPECT_EQ(b_.mappings.count(), 3u);
    EXPECT_FALSE(end_mappings(b_, from, 2, domains_));
    EXPECT_TRUE(end_mappings(b_, from, 2, domains_));
    EXPECT_TRUE(end_mappings(b_, from, 2, domains_));
    EXPECT_EQ(b_.shootdowns, 3u);
    expect_nothing_lent();
}

TEST_F(GrantMapping, copy_uses_the_grant_for_its_length)
{
    a_.grant(0, {1}, b_, false);
    const auto copy = [&](bool writing) {
        return with_granted_page(b_, a_, 0, writing, [&](auto page) -> Result<> {
            EXPECT_EQ(page.data(), machine_.bytes_of(frames_[1]));
            EXPECT_EQ(uses(frames_[1]), 1u);
            a_.set_entry(0, 0);
            EXPECT_EQ(a_.grants.revoke(0).error(), Error::busy);
            return Error::bad_address; // whatever comes of it
        });
    };
    EXPECT_EQ(copy(true).error(), Error::not_permitted);
    EXPECT_EQ(copy(false).error(), Error::bad_address);
    EXPECT_TRUE(a_.grants.revoke(0).ok());
    EXPECT_EQ(b_.shootdowns, 0u);
    expect_nothing_lent();
}

using GrantMappingDeathTest = GrantMapping;
TEST_F(GrantMappingDeathTest, lent_frame_cannot_be_freed)
{
    a_.grant(0, {1}, b_, true);
    EXPECT_TRUE(map(b_, 0).ok());
    EXPECT_DEATH(a_.remove_ram({1}), "uses");
}

// The book that debug builds keep, as the emulated machine would not show it.
TEST_F(GrantMappingDeathTest, frame_taken_out_of_a_map_is_not_freed_before_the_flush)
{
    machine_.frames.set_stale({frames_[1], 1}, true);
    EXPECT_DEATH(machine_.frames.free(frames_[1], 0), "stale");
}

} // namespace
} // namespace lintel
