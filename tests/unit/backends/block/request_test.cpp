// SPDX-License-Identifier: Apache-2.0
// Every field of a request, as it may be and as it may not.
#include "block/request.hpp"

#include <functional>
#include <variant>

#include <gtest/gtest.h>

#include "fakes/block_slots.hpp"

namespace lintel::block {
namespace {

std::variant<Request, Status> check(const lintel_block_request& slot, const Rules& rules)
{
    const Status refused = refusal(slot, rules);
    if (refused == Status::done)
        return request_of(slot);
    return refused;
}

constexpr std::uint64_t every_feature = 0xf;

Rules rules()
{
    Rules all = every_feature_of(1 << 30, 1024);
    all.config.most_erased = 1 << 28;
    all.config.erase_bytes = 4096;
    return all;
}

lintel_block_request pooled(std::uint8_t operation = LINTEL_BLOCK_WRITE)
{
    return {.operation = operation,
            .flags = 0,
            .pages = 0,
            .id = 7,
            .offset = 8192,
            .bytes = 4096,
            .place = 1024,
            .page = {},
            .list = 0,
            .reserved = 0,
            .lap = 0};
}

// 1 MiB that begins in the middle of a page: 257 pages.
lintel_block_request listed()
{
    auto slot = pooled();
    slot.flags = LINTEL_BLOCK_DIRECT;
    slot.bytes = LINTEL_BLOCK_LEAST_BYTES;
    slot.pages = 257;
    slot.place = 512;
    slot.list = 4096 * 1024 - 257 * 4;
    return slot;
}

// Two pages.
lintel_block_request direct()
{
    auto slot = pooled(LINTEL_BLOCK_READ);
    slot.flags = LINTEL_BLOCK_DIRECT;
    slot.pages = 2;
    slot.page[0] = 5;
    slot.page[1] = 6;
    return slot;
}

lintel_block_request flush()
{
    lintel_block_request slot{};
    slot.operation = LINTEL_BLOCK_FLUSH;
    slot.id = 9;
    return slot;
}

lintel_block_request erase(std::uint8_t operation)
{
    auto slot = pooled(operation);
    slot.place = 0;
    slot.bytes = 1 << 28;
    return slot;
}

Status verdict(const lintel_block_request& slot, const Rules& by = rules())
{
    const auto checked = check(slot, by);
    return checked.index() == 0 ? Status::done : std::get<Status>(checked);
}

// The request after one change to it.
Status after(lintel_block_request slot, const std::function<void(lintel_block_request&)>& change,
             const Rules& by = rules())
{
    EXPECT_EQ(verdict(slot, by), Status::done);
    change(slot);
    return verdict(slot, by);
}

using Slot = lintel_block_request&;

TEST(BlockRequest, good_ones_come_out_as_they_are)
{
    auto slot = pooled();
    slot.flags = LINTEL_BLOCK_FUA;
    const auto write = std::get<Request>(check(slot, rules()));
    EXPECT_EQ(write.operation, Operation::write);
    EXPECT_TRUE(write.through);
    EXPECT_FALSE(write.direct);
    EXPECT_EQ(write.id, 7u);
    EXPECT_EQ(write.offset, 8192u);
    EXPECT_EQ(write.bytes, 4096u);
    EXPECT_EQ(write.place, 1024u);
    const auto read = std::get<Request>(check(direct(), rules()));
    EXPECT_TRUE(read.direct);
    EXPECT_FALSE(read.listed());
    EXPECT_EQ(read.page[1], 6u);
    EXPECT_TRUE(std::get<Request>(check(listed(), rules())).listed());
    EXPECT_EQ(verdict(flush()), Status::done);
    EXPECT_EQ(verdict(erase(LINTEL_BLOCK_DISCARD)), Status::done);
    auto zeroes = erase(LINTEL_BLOCK_ZEROES);
    zeroes.flags = LINTEL_BLOCK_KEEP;
    EXPECT_TRUE(std::get<Request>(check(zeroes, rules())).keep);
}

TEST(BlockRequest, unknown_operations_flags_and_reserved_fields_are_refused)
{
    // Also one that is like a known one in all else.
    for (const auto& good : {pooled(), erase(LINTEL_BLOCK_ZEROES)})
        for (unsigned operation = LINTEL_BLOCK_ZEROES + 1; operation < 256; operation++)
            EXPECT_EQ(
                after(good, [&](Slot s) { s.operation = static_cast<std::uint8_t>(operation); }),
                Status::invalid)
                << operation;
    for (const auto& good : {pooled(LINTEL_BLOCK_READ), pooled(), direct(), flush(),
                             erase(LINTEL_BLOCK_DISCARD), erase(LINTEL_BLOCK_ZEROES)}) {
        for (unsigned bit = 3; bit < 8; bit++)
            EXPECT_EQ(after(good, [&](Slot s) { s.flags |= static_cast<std::uint8_t>(1u << bit); }),
                      Status::invalid);
        EXPECT_EQ(after(good, [](Slot s) { s.reserved = 1; }), Status::invalid);
    }
}

TEST(BlockRequest, flags_go_with_their_operations_only)
{
    const auto with = [](std::uint8_t flag) { return [flag](Slot s) { s.flags |= flag; }; };
    EXPECT_EQ(after(pooled(LINTEL_BLOCK_READ), with(LINTEL_BLOCK_FUA)), Status::invalid);
    EXPECT_EQ(after(pooled(), with(LINTEL_BLOCK_KEEP)), Status::invalid);
    EXPECT_EQ(after(flush(), with(LINTEL_BLOCK_FUA)), Status::invalid);
    for (const std::uint8_t operation : {LINTEL_BLOCK_DISCARD, LINTEL_BLOCK_ZEROES}) {
        EXPECT_EQ(after(erase(operation), with(LINTEL_BLOCK_FUA)), Status::invalid);
        EXPECT_EQ(after(erase(operation), with(LINTEL_BLOCK_DIRECT)), Status::invalid);
    }
    EXPECT_EQ(after(erase(LINTEL_BLOCK_DISCARD), with(LINTEL_BLOCK_KEEP)), Status::invalid);
}

TEST(BlockRequest, features_that_were_not_chosen_are_refused)
{
    const auto without = [](std::uint64_t feature) {
        auto some = rules();
        some.features &= ~feature;
        return some;
    };
    auto fua = pooled();
    fua.flags = LINTEL_BLOCK_FUA;
    EXPECT_EQ(verdict(fua, without(LINTEL_BLOCK_FEATURE_FUA)), Status::unsupported);
    EXPECT_EQ(verdict(direct(), without(LINTEL_BLOCK_FEATURE_DIRECT)), Status::unsupported);
    EXPECT_EQ(verdict(erase(LINTEL_BLOCK_DISCARD), without(LINTEL_BLOCK_FEATURE_DISCARD)),
              Status::unsupported);
    EXPECT_EQ(verdict(erase(LINTEL_BLOCK_ZEROES), without(LINTEL_BLOCK_FEATURE_ZEROES)),
              Status::unsupported);
    EXPECT_EQ(verdict(flush(), without(every_feature)), Status::done);
    EXPECT_EQ(verdict(pooled(), without(every_feature)), Status::done);
}

TEST(BlockRequest, read_only_disk_is_not_written)
{
    auto fixed = rules();
    fixed.config.flags = LINTEL_BLOCK_READ_ONLY;
    EXPECT_EQ(verdict(pooled(LINTEL_BLOCK_READ), fixed), Status::done);
    EXPECT_EQ(verdict(flush(), fixed), Status::done);
    EXPECT_EQ(verdict(pooled(), fixed), Status::write_denied);
    EXPECT_EQ(verdict(listed(), fixed), Status::write_denied);
    EXPECT_EQ(verdict(erase(LINTEL_BLOCK_DISCARD), fixed), Status::write_denied);
    EXPECT_EQ(verdict(erase(LINTEL_BLOCK_ZEROES), fixed), Status::write_denied);
}

TEST(BlockRequest, lengths_have_limits_and_are_whole_sectors)
{
    for (const auto& good : {pooled(), listed(), erase(LINTEL_BLOCK_DISCARD)}) {
        EXPECT_EQ(after(good, [](Slot s) { s.bytes = 0; }), Status::invalid);
        EXPECT_EQ(after(good, [](Slot s) { s.bytes += 1; }), Status::invalid);
        EXPECT_EQ(after(good, [](Slot s) { s.bytes = 0xffff'fe00; }), Status::invalid);
        EXPECT_EQ(after(good, [](Slot s) { s.offset += 511; }), Status::invalid);
    }
    EXPECT_EQ(after(pooled(), [](Slot s) { s.bytes = LINTEL_BLOCK_LEAST_BYTES; }), Status::done);
    EXPECT_EQ(after(pooled(), [](Slot s) { s.bytes = LINTEL_BLOCK_LEAST_BYTES + 512; }),
              Status::invalid);
    EXPECT_EQ(after(erase(LINTEL_BLOCK_ZEROES), [](Slot s) { s.bytes += 512; }), Status::invalid);
}

TEST(BlockRequest, large_sectors_are_kept_whole)
{
    auto large = rules();
    large.config.sector_bytes = 4096;
    auto slot = pooled();
    slot.place = 8192;
    EXPECT_EQ(verdict(slot, large), Status::done);
    EXPECT_EQ(after(
                  slot, [](Slot s) { s.offset = 512; }, large),
              Status::invalid);
    EXPECT_EQ(after(
                  slot, [](Slot s) { s.bytes = 512; }, large),
              Status::invalid);
    EXPECT_EQ(after(
                  slot, [](Slot s) { s.place = 512; }, large),
              Status::invalid);
}

TEST(BlockRequest, nothing_beyond_the_disk)
{
    const std::uint64_t end = rules().config.bytes;
    EXPECT_EQ(after(pooled(), [&](Slot s) { s.offset = end - 4096; }), Status::done);
    for (const std::uint64_t offset : {end - 3584, end, end + 512, ~std::uint64_t{511}})
        for (const auto& good : {pooled(LINTEL_BLOCK_READ), pooled(), erase(LINTEL_BLOCK_ZEROES)})
            EXPECT_EQ(after(good, [&](Slot s) { s.offset = offset; }), Status::range);
}

TEST(BlockRequest, pooled_data_lies_in_the_pool)
{
    const auto pool = static_cast<std::uint32_t>(rules().pool_bytes());
    EXPECT_EQ(after(pooled(), [&](Slot s) { s.place = pool - 4096; }), Status::done);
    for (const std::uint32_t place : {pool - 3584, pool, 0xffff'fe00u, 1u, 513u})
        EXPECT_EQ(after(pooled(), [&](Slot s) { s.place = place; }), Status::invalid);
    EXPECT_EQ(after(pooled(), [](Slot s) { s.pages = 1; }), Status::invalid);
    EXPECT_EQ(after(pooled(), [](Slot s) { s.page[7] = 1; }), Status::invalid);
    EXPECT_EQ(after(pooled(), [](Slot s) { s.list = 4; }), Status::invalid);
}

TEST(BlockRequest, pages_are_as_many_as_the_data_needs)
{
    for (const std::uint16_t pages : {0, 1, 3, 0xffff})
        EXPECT_EQ(after(direct(), [&](Slot s) { s.pages = pages; }), Status::invalid);
    EXPECT_EQ(after(direct(), [](Slot s) { s.place = 0; }), Status::invalid);
    EXPECT_EQ(after(direct(), [](Slot s) { s.place = 4096; }), Status::invalid);
    EXPECT_EQ(after(direct(), [](Slot s) { s.place += 8; }), Status::invalid);
    EXPECT_EQ(after(direct(), [](Slot s) { s.page[2] = 1; }), Status::invalid);
    EXPECT_EQ(after(direct(), [](Slot s) { s.list = 4; }), Status::invalid);
    auto fewer = rules();
    fewer.config.most_pages = 256;
    EXPECT_EQ(verdict(listed(), fewer), Status::invalid);
}

TEST(BlockRequest, list_of_pages_lies_in_the_pool)
{
    const auto pool = static_cast<std::uint32_t>(rules().pool_bytes());
    EXPECT_EQ(after(listed(), [](Slot s) { s.list = 0; }), Status::done);
    for (const std::uint32_t list : {pool - 257 * 4 + 4, pool, 0xffff'fffcu, 2u})
        EXPECT_EQ(after(listed(), [&](Slot s) { s.list = list; }), Status::invalid);
    EXPECT_EQ(after(listed(), [](Slot s) { s.page[0] = 1; }), Status::invalid);
}

TEST(BlockRequest, what_needs_no_data_names_none)
{
    for (const auto& good : {flush(), erase(LINTEL_BLOCK_DISCARD), erase(LINTEL_BLOCK_ZEROES)}) {
        EXPECT_EQ(after(good, [](Slot s) { s.place = 512; }), Status::invalid);
        EXPECT_EQ(after(good, [](Slot s) { s.pages = 1; }), Status::invalid);
        EXPECT_EQ(after(good, [](Slot s) { s.page[3] = 1; }), Status::invalid);
        EXPECT_EQ(after(good, [](Slot s) { s.list = 4; }), Status::invalid);
    }
    EXPECT_EQ(after(flush(), [](Slot s) { s.offset = 512; }), Status::invalid);
    EXPECT_EQ(after(flush(), [](Slot s) { s.bytes = 512; }), Status::invalid);
}

} // namespace
} // namespace lintel::block
