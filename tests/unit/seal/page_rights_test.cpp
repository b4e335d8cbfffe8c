// SPDX-License-Identifier: Apache-2.0
// What is let through by few steps is what the whole judgement would let through. Class: XSA-148, a fast path that
// knows fewer bits.
#include "seal/page_rights.hpp"

#include <random>

#include <gtest/gtest.h>

#include "fakes/fake_sealed.hpp"

namespace lintel::seal {
namespace {

constexpr std::uint64_t present = 0x1, writable = 0x2, user = 0x4, accessed = 0x20, dirty = 0x40,
                        no_execute = 1ull << 63;

class PageRightsTest : public testing::Test {
protected:
    // A frame of each kind, and the ends of each part of the domain's space.
    PageRightsTest()
    {
        for (unsigned kind = 0; kind < frame_kinds; ++kind) {
            frames_.push_back({5000 + kind});
            record_.set(frames_.back(), static_cast<FrameKind>(kind));
        }
        for (const Gfn edge : {Gfn{FakeSealed::ram_frames}, FakeSealed::shared.first, FakeSealed::shared.end(),
                               FakeSealed::foreign.first, FakeSealed::foreign.end(), Gfn{1ull << 28},
                               Gfn{(1ull << 40) - 1}})
            frames_.insert(frames_.end(), {Gfn{edge.number - 1}, edge});
    }
    std::uint64_t any_entry()
    {
        const std::uint64_t frame = frames_[random_() % frames_.size()].number << 12 & TableEntry::address_mask;
        const std::uint64_t bits = (random_() & 0xfff) | (random_() & 0xfff) << 52;
        return frame | bits | (random_() % 4 == 0 ? 0 : present | accessed) | (random_() % 2 == 0 ? dirty : 0);
    }
    Change any_change()
    {
        const auto some = [&] { // one bit, or two
            return 1ull << random_() % 64 | (random_() % 2 == 0 ? 1ull << random_() % 64 : 0);
        };
        const std::uint64_t keep = ~some();
        return {keep, random_() % 2 == 0 ? some() : 0};
    }
    bool is_good(std::uint64_t raw) const
    {
        return check_entry(TableEntry{raw}, Level::pt, record_, FakeSealed::paging).ok();
    }

    std::mt19937_64 random_{1};
    FakeSealed domain_;
    FrameRecord& record_ = domain_.tables.record;
    std::vector<Gfn> frames_;
};

TEST_F(PageRightsTest, an_entry_that_is_good_by_few_steps_is_good)
{
    unsigned quick = 0, good = 0;
    for (unsigned time = 0; time < 200'000; ++time) {
        const std::uint64_t raw = any_entry();
        quick += is_good_page(TableEntry{raw}, record_);
        good += is_good(raw);
        ASSERT_TRUE(!is_good_page(TableEntry{raw}, record_) || is_good(raw)) << std::hex << raw;
        if (record_.is_ram(TableEntry{raw}.frame(Level::pt))) {
            ASSERT_EQ(is_good_page(TableEntry{raw}, record_), is_good(raw)) << std::hex << raw;
        }
    }
    EXPECT_GT(quick, 30'000u);
    EXPECT_GT(good, quick) << "what is no RAM takes the whole judgement";
}

TEST_F(PageRightsTest, a_change_that_only_takes_rights_makes_no_good_entry_bad)
{
    unsigned takes = 0;
    for (unsigned time = 0; time < 400'000; ++time) {
        const Change change = any_change();
        const std::uint64_t raw = any_entry();
        if (!is_good(raw) || !only_takes_rights(change))
            continue;
        ++takes;
        ASSERT_TRUE(is_good(change.of(raw))) << std::hex << raw << ' ' << change.keep << ' ' << change.set;
    }
    EXPECT_GT(takes, 10'000u);
}

TEST_F(PageRightsTest, an_entry_that_is_good_written_is_good)
{
    unsigned written = 0;
    for (unsigned time = 0; time < 1'000'000; ++time) {
        Change change = any_change();
        change.set |= writable;
        const std::uint64_t raw = any_entry(), changed = change.of(raw);
        if (!is_good(raw) || !gives_no_right_but_to_write(change) ||
            !is_good_written_page(TableEntry{changed}, record_))
            continue;
        ++written;
        ASSERT_TRUE(is_good(changed)) << std::hex << raw << ' ' << change.keep << ' ' << change.set;
    }
    EXPECT_GT(written, 3'000u);
}

TEST_F(PageRightsTest, only_plain_frames_are_written_by_few_steps)
{
    for (const Gfn frame : frames_) {
        const TableEntry entry{frame.address() | present | writable | user | accessed | dirty};
        const bool plain = record_.is_ram(frame) && record_.at(frame) == FrameKind::plain;
        EXPECT_EQ(is_good_written_page(entry, record_), plain) << frame.number;
    }
    const std::uint64_t clean = frames_.front().address() | present | writable | user | accessed;
    EXPECT_FALSE(is_good_written_page(TableEntry{clean}, record_));
    EXPECT_FALSE(is_good_written_page(TableEntry{(clean | dirty) & ~present}, record_));
    for (const std::uint64_t given : {present, user, page_size})
        EXPECT_FALSE(gives_no_right_but_to_write({~0ull, given | writable})) << given;
    EXPECT_FALSE(gives_no_right_but_to_write({~no_execute, writable}));
    EXPECT_FALSE(gives_no_right_but_to_write({~dirty, writable}));
    EXPECT_TRUE(gives_no_right_but_to_write({~0ull, writable}));
    EXPECT_TRUE(gives_no_right_but_to_write({~writable, writable | dirty | accessed}));
}

TEST_F(PageRightsTest, whatever_may_give_a_right_or_take_what_is_needed_is_judged)
{
    constexpr std::uint64_t frame = page_size, reserved = 1ull << 51, beyond = 1ull << 40;
    for (const std::uint64_t given : {present, writable, user, frame, reserved, beyond})
        EXPECT_FALSE(only_takes_rights({~0ull, given})) << given;
    for (const std::uint64_t taken : {user, accessed, dirty, no_execute, frame, reserved, beyond})
        EXPECT_FALSE(only_takes_rights({~taken, 0})) << taken;
    EXPECT_FALSE(only_takes_rights({~writable, writable})) << "where it was not it comes";
    EXPECT_FALSE(only_takes_rights({~(writable | dirty), writable}));
    EXPECT_FALSE(only_takes_rights({0, frame | present | accessed})) << "another frame";
    EXPECT_TRUE(only_takes_rights({~writable, 0}));
    EXPECT_TRUE(only_takes_rights({~(writable | dirty), no_execute}));
    EXPECT_TRUE(only_takes_rights({~dirty, dirty | accessed}));
    EXPECT_TRUE(only_takes_rights({~present, writable | user})) << "absent";
    EXPECT_TRUE(only_takes_rights({0, 0xabc0}));
}

} // namespace
} // namespace lintel::seal
