// SPDX-License-Identifier: Apache-2.0
// Handles: what they name and when they cease to, limits, and generations.
#include "grant/mappings.hpp"

#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace lintel {
namespace {

using Kind = Mapping::Kind;

class MappingsTest : public testing::Test {
protected:
    static constexpr std::uint32_t limit = 4;
    static Mapping grant(std::uint32_t ref)
    {
        return {Kind::grant, true, {0xff7f}, ref, {0xff'ffff'ffff}, {0xffff'fffe}, 1};
    }
    Handle open(const Mapping& mapping)
    {
        const Handle handle = mappings_.reserve().take();
        mappings_.open(handle, mapping);
        return handle;
    }
    Error take_error(Handle handle, Kind kind = Kind::grant)
    {
        return mappings_.take(handle, kind).error();
    }
    std::vector<MappingSlot> slots_ = std::vector<MappingSlot>(limit);
    Mappings mappings_{slots_};
};

TEST_F(MappingsTest, handle_gives_back_what_it_was_given)
{
    const Mapping foreign{Kind::foreign, false, {3}, 0, {0x12345}, {}, LINTEL_FOREIGN_FRAMES};
    const Handle one = open(grant(LINTEL_GRANT_ENTRIES - 1)), two = open(foreign);
    EXPECT_EQ(mappings_.take(one, Kind::grant).take(), grant(LINTEL_GRANT_ENTRIES - 1));
    EXPECT_EQ(mappings_.find(one), grant(LINTEL_GRANT_ENTRIES - 1));
    EXPECT_EQ(mappings_.take(two, Kind::foreign).take(), foreign);
}

TEST_F(MappingsTest, handles_are_never_zero_and_run_out_at_the_limit)
{
    std::set<Handle> handles;
    for (std::uint32_t i = 0; i < limit; ++i)
        handles.insert(open(grant(i)));
    EXPECT_EQ(handles.size(), limit);
    EXPECT_FALSE(handles.contains(0));
    EXPECT_EQ(mappings_.count(), limit);
    EXPECT_EQ(mappings_.reserve().error(), Error::limit_reached);
    mappings_.take(*handles.begin(), Kind::grant).take();
    EXPECT_EQ(mappings_.reserve().error(), Error::limit_reached); // it is not free yet
    mappings_.release(*handles.begin());
    EXPECT_TRUE(mappings_.reserve().ok()); // exhaustion, then success
}

TEST_F(MappingsTest, mapping_is_taken_once)
{
    const Handle handle = open(grant(1));
    EXPECT_TRUE(mappings_.take(handle, Kind::grant).ok());
    EXPECT_EQ(take_error(handle), Error::not_found);
    mappings_.release(handle);
    EXPECT_EQ(take_error(handle), Error::not_found);
    EXPECT_EQ(mappings_.count(), 0u);
}

TEST_F(MappingsTest, stale_handle_does_not_name_the_slots_next_mapping)
{
    const Handle old = open(grant(1));
    mappings_.take(old, Kind::grant).take();
    mappings_.release(old);
    const Handle young = open(grant(2));
    EXPECT_EQ(old & 0xffff, young & 0xffff);
    EXPECT_EQ(take_error(old), Error::not_found);
    EXPECT_EQ(mappings_.take(young, Kind::grant).take(), grant(2));
}

TEST_F(MappingsTest, generations_come_round_without_a_zero)
{
    Handle handle = open(grant(1));
    for (unsigned i = 0; i < 0xffff; ++i) {
        mappings_.take(handle, Kind::grant).take();
        mappings_.release(handle);
        handle = open(grant(1));
        ASSERT_NE(handle >> 16, 0u);
    }
    EXPECT_EQ(handle >> 16, 1u);
}

TEST_F(MappingsTest, numbers_that_name_nothing_are_not_found)
{
    const Handle handle = open(grant(1));
    for (const Handle wrong : {0u, 1u, handle + 1, handle + limit, handle + 0x1'0000,
                               handle - 0x1'0000, handle | 0x8000, ~0u, 0xffffu})
        EXPECT_EQ(take_error(wrong), Error::not_found) << wrong;
    EXPECT_EQ(take_error(handle, Kind::foreign), Error::not_found); // the other kind
    EXPECT_TRUE(mappings_.take(handle, Kind::grant).ok());
}

TEST_F(MappingsTest, reserved_handle_cannot_be_taken)
{
    const Handle handle = mappings_.reserve().take();
    EXPECT_EQ(take_error(handle), Error::not_found);
    mappings_.release(handle);
    const Handle other = mappings_.reserve().take();
    mappings_.store_taken(other, grant(3));
    EXPECT_EQ(take_error(other), Error::not_found);
    EXPECT_EQ(mappings_.find(other), grant(3));
    mappings_.release(other);
    EXPECT_EQ(mappings_.count(), 0u);
}

TEST_F(MappingsTest, domain_without_mappings_has_no_handle)
{
    Mappings none{{}};
    EXPECT_EQ(none.reserve().error(), Error::limit_reached);
    EXPECT_EQ(none.take(0x10000, Kind::grant).error(), Error::not_found);
    std::uint32_t from = 0;
    EXPECT_FALSE(none.take_next(from).has_value());
}

TEST_F(MappingsTest, all_open_ones_are_taken_in_turn)
{
    const Handle one = open(grant(1)), closing = open(grant(2)), two = open(grant(3));
    mappings_.take(closing, Kind::grant).take();
    std::uint32_t from = 0;
    EXPECT_EQ(mappings_.take_next(from), one);
    EXPECT_EQ(mappings_.take_next(from), two);
    EXPECT_FALSE(mappings_.take_next(from).has_value());
    EXPECT_EQ(take_error(one), Error::not_found);
}

using MappingsDeathTest = MappingsTest;
TEST_F(MappingsDeathTest, open_mapping_is_not_released)
{
    const Handle handle = open(grant(1));
    EXPECT_DEATH(mappings_.release(handle), "open");
    EXPECT_DEATH((void)mappings_.find(handle), "closing");
    EXPECT_DEATH(mappings_.open(handle, grant(2)), "reserved");
}

} // namespace
} // namespace lintel
