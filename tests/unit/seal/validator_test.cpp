// SPDX-License-Identifier: Apache-2.0
// Which entries may stand where. Contract: docs/design/sealed.md#what-may-stand-in-a-table.
#include "seal/validator.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_sealed.hpp"

namespace lintel::seal {
namespace {

constexpr std::uint64_t present = 0x1, writable = 0x2, user = 0x4, accessed = 0x20, dirty = 0x40,
                        large = 0x80, no_execute = 1ull << 63;
constexpr std::uint64_t table = FakeSealed::table_bits;
constexpr std::uint64_t data = present | writable | accessed | dirty | no_execute; // supervisor's
constexpr std::uint64_t code = present | accessed;                                 // likewise
constexpr std::uint64_t process = present | writable | user | accessed | dirty;
constexpr Gfn plain{5000}, text{6000}, kernel{6001}, large_text{8192};

class ValidatorTest : public testing::Test {
protected:
    ValidatorTest()
    {
        record_.set(text, FrameKind::text);
        record_.set(kernel, FrameKind::kernel);
        for (std::uint64_t frame = 0; frame < 512; ++frame)
            record_.set(large_text + frame, FrameKind::text);
    }
    std::optional<Error> refused(std::uint64_t raw, Level at, Paging paging = FakeSealed::paging)
    {
        const auto checked = check_entry(TableEntry{raw}, at, record_, paging);
        return checked.ok() ? std::nullopt : std::optional{checked.error()};
    }
    bool good(std::uint64_t raw, Level at) { return !refused(raw, at); }

    FakeSealed domain_;
    FrameRecord& record_ = domain_.tables.record;
};

TEST_F(ValidatorTest, absent_entries_are_the_guests_notes_where_leaves_can_be)
{
    for (const std::uint64_t note : {0ull, ~1ull, 0x8000'0000'dead'bee0ull, 0x100ull})
        for (const Level at : {Level::pt, Level::pd, Level::pdpt})
            EXPECT_TRUE(good(note, at));
    EXPECT_TRUE(good(0, Level::pml4));
    EXPECT_EQ(refused(2, Level::pml4), Error::bad_argument);
    EXPECT_EQ(refused(2, Level::pdpt, {.physical_bits = 40}), Error::bad_argument);
}

TEST_F(ValidatorTest, a_table_is_entered_from_the_level_above_and_from_no_other)
{
    const std::pair<Gfn, Level> pages[] = {{FakeSealed::pt, Level::pt},
                                           {FakeSealed::pd, Level::pd},
                                           {FakeSealed::pdpt, Level::pdpt},
                                           {FakeSealed::master.page, Level::pml4}};
    for (const auto& [page, level] : pages)
        for (const Level at : {Level::pd, Level::pdpt, Level::pml4}) {
            const bool right = level == below(at);
            EXPECT_EQ(refused(page.address() | table, at),
                      right ? std::nullopt : std::optional{Error::bad_address});
        }
}

TEST_F(ValidatorTest, what_is_no_table_is_not_entered)
{
    record_.set({40}, FrameKind::moving);
    for (const Gfn page : {plain, text, kernel, FakeSealed::spare, Gfn{40},
                           FakeSealed::shared.first, FakeSealed::foreign.first,
                           Gfn{FakeSealed::ram_frames}, Gfn{(1ull << 28) - 1}})
        for (const Level at : {Level::pd, Level::pdpt, Level::pml4})
            EXPECT_EQ(refused(page.address() | table, at), Error::bad_address);
}

// With U clear above, a user's executable page would be the supervisor's: SMEP goes by all levels.
TEST_F(ValidatorTest, tables_are_open_to_users_so_that_the_leaf_decides)
{
    EXPECT_EQ(refused(FakeSealed::pt.address() | (table & ~user), Level::pd), Error::bad_argument);
    EXPECT_TRUE(good(FakeSealed::pt.address() | (table & ~writable), Level::pd));
    EXPECT_TRUE(good(FakeSealed::pt.address() | table | no_execute, Level::pd));
}

TEST_F(ValidatorTest, present_entries_give_the_processor_nothing_to_store)
{
    EXPECT_EQ(refused(FakeSealed::pt.address() | (table & ~accessed), Level::pd),
              Error::bad_argument);
    EXPECT_EQ(refused(plain.address() | (data & ~accessed), Level::pt), Error::bad_argument);
    EXPECT_EQ(refused(plain.address() | (data & ~dirty), Level::pt), Error::bad_argument);
    EXPECT_TRUE(good(plain.address() | (data & ~dirty & ~writable), Level::pt));
    EXPECT_TRUE(good(FakeSealed::pt.address() | (table & ~dirty), Level::pd)) << "no leaf";
    EXPECT_EQ(refused(large_text.address() | large | (data & ~dirty), Level::pd),
              Error::bad_argument);
}

TEST_F(ValidatorTest, text_is_never_writable)
{
    EXPECT_TRUE(good(text.address() | code, Level::pt));
    EXPECT_TRUE(good(text.address() | code | no_execute, Level::pt));
    EXPECT_EQ(refused(text.address() | data, Level::pt), Error::not_permitted);
    EXPECT_EQ(refused(large_text.address() | large | data, Level::pd), Error::not_permitted);
    EXPECT_EQ(refused(large | data, Level::pdpt), Error::not_permitted) << "1 GiB with text in it";
    EXPECT_TRUE(good(large | (data & ~writable), Level::pdpt));
}

TEST_F(ValidatorTest, the_supervisor_executes_nothing_but_text)
{
    EXPECT_EQ(refused(plain.address() | code, Level::pt), Error::not_permitted);
    EXPECT_EQ(refused(kernel.address() | code, Level::pt), Error::not_permitted);
    EXPECT_EQ(refused(FakeSealed::pt.address() | code, Level::pt), Error::not_permitted);
    EXPECT_EQ(refused(FakeSealed::shared.first.address() | code, Level::pt), Error::not_permitted);
    EXPECT_EQ(refused(FakeSealed::foreign.first.address() | code, Level::pt), Error::not_permitted);
    EXPECT_TRUE(good(large_text.address() | large | code, Level::pd));
    record_.set(large_text + 511, FrameKind::plain);
    EXPECT_EQ(refused(large_text.address() | large | code, Level::pd), Error::not_permitted);
}

TEST_F(ValidatorTest, no_user_reaches_the_supervisors_frames)
{
    EXPECT_TRUE(good(plain.address() | process, Level::pt));
    EXPECT_TRUE(good(FakeSealed::foreign.first.address() | process, Level::pt));
    for (const Gfn frame : {kernel, text, FakeSealed::pt, FakeSealed::spare,
                            FakeSealed::shared.first})
        EXPECT_EQ(refused(frame.address() | present | user | accessed | no_execute, Level::pt),
                  Error::not_permitted);
    EXPECT_EQ(refused(Gfn{5632}.address() | large | process, Level::pd), Error::not_permitted)
        << "2 MiB with a page of the kernel's in it";
    EXPECT_TRUE(good(Gfn{5120}.address() | large | process, Level::pd));
}

TEST_F(ValidatorTest, leaves_stay_in_the_domains_space)
{
    EXPECT_EQ(refused(Gfn{FakeSealed::ram_frames}.address() | data, Level::pt), Error::bad_address);
    EXPECT_EQ(refused(Gfn{(1 << 28) - 512}.address() | large | data, Level::pd),
              Error::bad_address);
    EXPECT_EQ(refused(1ull << 40 | data, Level::pt), Error::bad_argument) << "beyond the processor";
}

// XSA-148: a bit that a fast path lets through.
TEST_F(ValidatorTest, no_single_bit_makes_a_good_entry_a_breach)
{
    const std::pair<std::uint64_t, Level> entries[] = {
        {text.address() | code, Level::pt},
        {kernel.address() | data, Level::pt},
        {large_text.address() | large | code, Level::pd},
        {FakeSealed::pt.address() | table, Level::pd},
        {FakeSealed::pd.address() | table, Level::pdpt},
        {FakeSealed::pdpt.address() | table, Level::pml4}};
    for (const auto& [raw, at] : entries) {
        ASSERT_TRUE(good(raw, at));
        for (unsigned bit = 0; bit < 64; ++bit) {
            const TableEntry flipped{raw ^ 1ull << bit};
            if (refused(flipped.raw(), at) || !flipped.present())
                continue;
            EXPECT_TRUE(needs_no_store(flipped, at) && !flipped.has_reserved(at, FakeSealed::paging));
            if (!flipped.is_leaf(at)) {
                EXPECT_EQ(record_.at(flipped.frame(at)), table_of(below(at))) << bit;
                continue;
            }
            const Content content = record_.content(flipped.frame(at), at).take();
            EXPECT_FALSE(flipped.writable() && content.fixed) << bit;
            EXPECT_FALSE(flipped.user() && content.supervisor) << bit;
            EXPECT_FALSE(!flipped.user() && flipped.executable() && content.other) << bit;
        }
    }
}

} // namespace
} // namespace lintel::seal
