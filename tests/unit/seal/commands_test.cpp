// SPDX-License-Identifier: Apache-2.0
// Commands and batches: what they do, what they refuse, and that a refused one has done nothing.
// Contract: docs/design/sealed.md#commands.
#include "seal/commands.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_sealed.hpp"

namespace lintel::seal {
namespace {

constexpr std::uint64_t op_change = 1, op_level = 2, op_root = 3, op_load = 4;
constexpr std::uint64_t page_at(Gfn frame) // a process's
{
    return frame.address() | 0x8000'0000'0000'0067;
}
constexpr Gfn pt = FakeSealed::pt, pd = FakeSealed::pd, spare = FakeSealed::spare;
constexpr Gfn root = FakeSealed::master.page;

class SealCommandsTest : public testing::Test {
protected:
    static std::uint64_t at(Gfn page, unsigned index) { return FakeSealed::at(page, index); }
    static BatchAnswer done(unsigned slots) { return {slots, std::nullopt}; }
    static BatchAnswer refused(Error error, unsigned slots = 0) { return {slots, error}; }

    FakeSealed domain_;
};

TEST_F(SealCommandsTest, exchange_stores_and_answers_what_was_there)
{
    domain_.entry(pt, 7) = 0xabc0; // a note
    EXPECT_EQ(domain_.exchange(at(pt, 7), page_at({4000})).take(), 0xabc0u);
    EXPECT_EQ(domain_.exchange(at(pt, 7), 0).take(), page_at({4000}));
    EXPECT_EQ(domain_.entry(pt, 7), 0u);
}

TEST_F(SealCommandsTest, exchange_refuses_and_leaves_the_entry)
{
    const auto error = [&](std::uint64_t address, std::uint64_t value) {
        return domain_.exchange(address, value).error();
    };
    EXPECT_EQ(error(at(pt, 7) + 4, 0), Error::bad_argument);
    EXPECT_EQ(error(at({4000}, 7), 0), Error::bad_address);
    EXPECT_EQ(error(at(spare, 7), 0), Error::bad_address) << "no level yet";
    EXPECT_EQ(error(at(FakeSealed::shared.first, 0), 0), Error::bad_address);
    EXPECT_EQ(error(~7ull, 0), Error::bad_address);
    EXPECT_EQ(error(at(pt, 7), page_at(pt)), Error::not_permitted);
    EXPECT_EQ(error(at(root, 509), 0), Error::not_permitted);
    EXPECT_EQ(domain_.entry(pt, 7), 0u);
    EXPECT_EQ(domain_.entry(root, 509), FakeSealed::window_entry);
}

TEST_F(SealCommandsTest, a_lock_is_free_again_after_every_refusal)
{
    for (int time = 0; time < 3; ++time) {
        EXPECT_FALSE(domain_.exchange(at({4000}, 0), 0).ok());
        EXPECT_EQ(domain_.batch({at({4000}, 0), 0}), refused(Error::bad_address));
    }
    EXPECT_TRUE(domain_.exchange(at(pt, 0), 0).ok());
}

TEST_F(SealCommandsTest, a_batch_builds_a_translation_from_nothing)
{
    const Gfn new_root = spare, new_pdpt = spare + 2, new_pd = spare + 3, new_pt = spare + 4;
    EXPECT_EQ(domain_.batch({new_root.address() | op_root, 0, new_pdpt.address() | op_level, 2,
                             new_pd.address() | op_level, 1, new_pt.address() | op_level, 0,
                             at(new_pt, 3), page_at({4000}), at(new_pd, 0), FakeSealed::table(new_pt),
                             at(new_pdpt, 0), FakeSealed::table(new_pd), at(new_root, 0),
                             FakeSealed::table(new_pdpt), new_root.address() | op_load, 0}),
              done(9));
    EXPECT_EQ(domain_.entry(new_pt, 3), page_at({4000}));
    EXPECT_EQ(domain_.entry(new_root, 0), FakeSealed::table(new_pdpt));
    EXPECT_EQ(domain_.loaded, std::vector{new_root});
}

TEST_F(SealCommandsTest, what_comes_before_a_refused_command_stays_and_the_rest_does_not_happen)
{
    EXPECT_EQ(domain_.batch({at(pt, 0), page_at({4000}), at(pt, 1), page_at(pt), at(pt, 2),
                             page_at({4000})}),
              refused(Error::not_permitted, 1));
    EXPECT_EQ(domain_.entry(pt, 0), page_at({4000}));
    EXPECT_EQ(domain_.entry(pt, 1) | domain_.entry(pt, 2), 0u);
}

TEST_F(SealCommandsTest, an_empty_batch_is_done) { EXPECT_EQ(domain_.batch({}), done(0)); }

TEST_F(SealCommandsTest, unknown_operations_are_refused)
{
    for (std::uint64_t operation = 5; operation < 8; ++operation)
        EXPECT_EQ(domain_.batch({at(pt, 0) | operation, 0}), refused(Error::bad_argument));
}

TEST_F(SealCommandsTest, a_change_keeps_and_sets_bits_of_a_run)
{
    for (unsigned i = 0; i < 4; ++i)
        domain_.entry(pt, i) = page_at({4000 + i});
    EXPECT_EQ(domain_.batch({at(pt, 1) | op_change, 2, ~2ull, 1ull << 9}), done(2));
    EXPECT_EQ(domain_.entry(pt, 0), page_at({4000}));
    EXPECT_EQ(domain_.entry(pt, 1), (page_at({4001}) & ~2ull) | 1ull << 9);
    EXPECT_EQ(domain_.entry(pt, 2), (page_at({4002}) & ~2ull) | 1ull << 9);
    EXPECT_EQ(domain_.entry(pt, 3), page_at({4003}));
    EXPECT_EQ(domain_.batch({at(pt, 0) | op_change, 512, 0, 0}), done(2)) << "clears a table";
    EXPECT_EQ(domain_.entry(pt, 3), 0u);
}

TEST_F(SealCommandsTest, a_change_happens_to_all_of_its_entries_or_to_none)
{
    domain_.entry(pt, 0) = page_at({4000});
    domain_.entry(pt, 1) = page_at({4001}) & ~0x42ull; // read-only, and not dirty
    EXPECT_EQ(domain_.batch({at(pt, 0) | op_change, 2, ~0ull, 2}), refused(Error::bad_argument));
    EXPECT_EQ(domain_.batch({at(pt, 0) | op_change, 2, ~4ull, 0}), done(2));
    EXPECT_EQ(domain_.entry(pt, 0), page_at({4000}) & ~4ull);
    EXPECT_EQ(domain_.entry(pt, 1), page_at({4001}) & ~0x46ull);
}

// A process had the page when it was donated: the kernel may take it away, and nothing else.
TEST_F(SealCommandsTest, rights_may_be_taken_from_an_entry_that_would_not_be_let_in_any_more)
{
    const auto change = [&](std::uint64_t keep, std::uint64_t set) {
        return domain_.batch({at(pt, 0) | op_change, 1, keep, set});
    };
    domain_.entry(pt, 0) = page_at({4000});
    domain_.tables.record.set({4000}, FrameKind::donated);
    EXPECT_EQ(change(~(1ull << 63), 0), refused(Error::not_permitted)) << "execute";
    EXPECT_EQ(change(~0ull, 2), refused(Error::not_permitted)) << "write";
    EXPECT_EQ(change(~0x40ull, 0), refused(Error::bad_argument)) << "D without W";
    EXPECT_EQ(domain_.entry(pt, 0), page_at({4000}));
    EXPECT_EQ(change(~2ull, 0), done(2));
    EXPECT_EQ(domain_.entry(pt, 0), page_at({4000}) & ~2ull);
    EXPECT_EQ(domain_.batch({at(pt, 0), page_at({4000}) & ~2ull}), refused(Error::not_permitted));
    EXPECT_EQ(change(~0x20ull, 0), refused(Error::bad_argument)) << "A";
    EXPECT_EQ(change(0, 0), done(2));
    EXPECT_EQ(domain_.entry(pt, 0), 0u);
}

TEST_F(SealCommandsTest, large_entries_are_judged_whatever_is_taken_from_them)
{
    domain_.entry(pd, 0) = Gfn{4096}.address() | 0x8000'0000'0000'00e7;
    domain_.tables.record.set({4100}, FrameKind::kernel);
    EXPECT_EQ(domain_.batch({at(pd, 0) | op_change, 1, ~0x42ull, 0}), refused(Error::not_permitted));
    domain_.entry(pd, 1) = FakeSealed::table(pt);
    EXPECT_EQ(domain_.batch({at(pd, 1) | op_change, 1, ~0x20ull, 0}), refused(Error::bad_argument));
    EXPECT_EQ(domain_.batch({at(root, 0) | op_change, 1, 0, 0x10}), refused(Error::bad_argument)) << "a note";
}

TEST_F(SealCommandsTest, where_others_store_every_change_is_judged)
{
    domain_.tables.stores_pass = true;
    domain_.entry(pt, 0) = page_at(pt);
    EXPECT_EQ(domain_.batch({at(pt, 0) | op_change, 1, ~2ull, 0}), refused(Error::not_permitted));
    EXPECT_EQ(domain_.batch({at(pt, 0) | op_change, 1, 0, 0}), done(2));
}

TEST_F(SealCommandsTest, a_change_stays_in_its_table)
{
    for (const std::uint64_t count : {0ull, 513ull, 1ull << 32, ~0ull})
        EXPECT_EQ(domain_.batch({at(pt, 0) | op_change, count, 0, 0}), refused(Error::bad_argument));
    EXPECT_EQ(domain_.batch({at(pt, 500) | op_change, 13, 0, 0}), refused(Error::bad_argument));
    EXPECT_EQ(domain_.batch({at(pt, 500) | op_change, 12}), refused(Error::bad_argument))
        << "its second slot lies behind the batch";
}

TEST_F(SealCommandsTest, a_change_does_not_reach_the_window)
{
    for (const unsigned first : {0u, 256u, 508u, 509u})
        EXPECT_EQ(domain_.batch({at(root, first) | op_change, 510 - first, ~0ull, 0}),
                  refused(Error::not_permitted));
    EXPECT_EQ(domain_.batch({at(root, 0) | op_change, 509, ~0ull, 0}), done(2));
    EXPECT_EQ(domain_.batch({at(root, 510) | op_change, 2, ~0ull, 0}), done(2));
}

TEST_F(SealCommandsTest, a_page_gets_its_level_once_and_begins_empty)
{
    EXPECT_EQ(domain_.batch({spare.address() | op_level, 1}), done(1));
    for (unsigned i = 0; i < table_entries; ++i)
        EXPECT_EQ(domain_.entry(spare, i), 0u);
    EXPECT_EQ(domain_.batch({spare.address() | op_level, 0}), refused(Error::exists));
    EXPECT_EQ(domain_.batch({spare.address() | op_level, 1}), refused(Error::exists));
    EXPECT_EQ(domain_.batch({spare.address() | op_root, 0}), refused(Error::exists));
    EXPECT_EQ(domain_.tables.record.at(spare), FrameKind::pd);
}

TEST_F(SealCommandsTest, only_donated_pages_get_a_level)
{
    EXPECT_EQ(domain_.batch({Gfn{4000}.address() | op_level, 0}), refused(Error::bad_address));
    EXPECT_EQ(domain_.batch({FakeSealed::shared.first.address() | op_level, 0}),
              refused(Error::bad_address));
    EXPECT_EQ(domain_.batch({at(spare, 1) | op_level, 0}), refused(Error::bad_argument));
    EXPECT_EQ(domain_.batch({spare.address() | op_level, 3}), refused(Error::bad_argument));
    EXPECT_EQ(domain_.entry(spare, 0), ~0ull);
}

TEST_F(SealCommandsTest, a_root_begins_with_the_masters_upper_half)
{
    domain_.entry(root, 3) = domain_.entry(root, 511) = FakeSealed::table(FakeSealed::pdpt);
    domain_.entry(root + 1, 510) = FakeSealed::table(FakeSealed::pdpt);
    EXPECT_EQ(domain_.batch({spare.address() | op_root, 1}), done(1));
    for (unsigned i = 0; i < table_entries; ++i) {
        EXPECT_EQ(domain_.entry(spare, i), i < 256 ? 0 : domain_.entry(root, i));
        EXPECT_EQ(domain_.entry(spare + 1, i), i < 256 ? 0 : domain_.entry(root + 1, i));
    }
    EXPECT_EQ(domain_.entry(spare, 509), FakeSealed::window_entry);
    EXPECT_EQ(domain_.tables.record.at(spare + 1), FrameKind::root);
}

TEST_F(SealCommandsTest, a_root_may_begin_anew)
{
    EXPECT_EQ(domain_.batch({spare.address() | op_root, 0, at(spare, 0),
                             FakeSealed::table(FakeSealed::pdpt), spare.address() | op_root, 0}),
              done(3));
    EXPECT_EQ(domain_.entry(spare, 0), 0u);
}

TEST_F(SealCommandsTest, half_a_pair_is_not_made)
{
    domain_.tables.record.set(spare + 1, FrameKind::plain);
    EXPECT_EQ(domain_.batch({spare.address() | op_root, 1}), refused(Error::bad_address));
    EXPECT_EQ(domain_.batch({(spare + 3).address() | op_root, 1}), refused(Error::bad_argument))
        << "not aligned to two pages";
    EXPECT_EQ(domain_.batch({spare.address() | op_root, 2}), refused(Error::bad_argument));
    EXPECT_EQ(domain_.tables.record.at(spare), FrameKind::donated);
    EXPECT_EQ(domain_.entry(spare, 509), ~0ull);
}

TEST_F(SealCommandsTest, a_kernel_without_pairs_cannot_make_one)
{
    domain_.tables.master.pair = false;
    EXPECT_EQ(domain_.batch({spare.address() | op_root, 1}), refused(Error::bad_argument));
}

TEST_F(SealCommandsTest, only_roots_are_loaded)
{
    for (const Gfn page : {pt, pd, FakeSealed::pdpt, spare, Gfn{4000}, FakeSealed::shared.first})
        EXPECT_EQ(domain_.batch({page.address() | op_load, 0}), refused(Error::bad_address));
    EXPECT_EQ(domain_.batch({at(root, 1) | op_load, 0}), refused(Error::bad_argument));
    EXPECT_EQ(domain_.batch({root.address() | op_load, 1}), refused(Error::bad_argument));
    EXPECT_TRUE(domain_.loaded.empty());
}

// XSA-182, 185, 240: tables that map tables, chains without end.
TEST_F(SealCommandsTest, tables_lead_neither_to_themselves_nor_upwards)
{
    for (const Gfn page : {pd, FakeSealed::pdpt, root})
        for (const Gfn target : {page, root})
            EXPECT_EQ(domain_.exchange(at(page, 1), FakeSealed::table(target)).error(),
                      Error::bad_address);
}

TEST_F(SealCommandsTest, a_long_batch_ends_early_and_goes_on_where_it_was)
{
    std::vector<std::uint64_t> words;
    for (unsigned i = 0; i < 20; ++i)
        words.insert(words.end(), {at(pt, 0) | op_change, 512, 0, 0x10 + 2 * i});
    unsigned calls = 0;
    while (!words.empty()) {
        const BatchAnswer answer = domain_.batch(words);
        ASSERT_FALSE(answer.refused);
        ASSERT_NE(answer.done, 0u);
        words.erase(words.begin(), words.begin() + 2 * answer.done);
        ++calls;
    }
    EXPECT_EQ(calls, 3u) << "512 entries each, 4096 a call";
    EXPECT_EQ(domain_.entry(pt, 511), 0x10u + 2 * 19);
}

TEST_F(SealCommandsTest, sets_take_of_the_same_budget)
{
    std::vector<std::uint64_t> words;
    for (unsigned i = 0; i < 7; ++i)
        words.insert(words.end(), {at(pt, 0) | op_change, 512, 0, 0});
    for (unsigned i = 0; i < 600; ++i)
        words.insert(words.end(), {at(pt, i % 512), page_at({4000})});
    EXPECT_EQ(domain_.batch(words), done(2 * 7 + 512));
    words.erase(words.begin(), words.begin() + 2 * (2 * 7 + 512));
    EXPECT_EQ(domain_.batch(words), done(600 - 512));
}

TEST_F(SealCommandsTest, each_word_is_read_once)
{
    std::vector<std::uint64_t> words{at(pt, 0), page_at({4000}), at(pt, 1) | op_change, 1, 0,
                                     page_at({4001})};
    std::vector<unsigned> reads(words.size());
    const auto hostile = [&](unsigned i) {
        ++reads[i];
        return std::exchange(words[i], ~0ull); // another vCPU writes at once
    };
    EXPECT_EQ((Commands{domain_.tables, domain_}.batch(hostile, 3)), done(3));
    EXPECT_EQ(reads, std::vector<unsigned>(6, 1));
    EXPECT_EQ(domain_.entry(pt, 1), page_at({4001}));
}

TEST_F(SealCommandsTest, frames_move_all_or_none)
{
    Tables& tables = domain_.tables;
    const auto moved = [&](GfnRange range, FrameKind from, FrameKind to) {
        const auto result = tables.move(range, from, to);
        return result.ok() ? std::nullopt : std::optional{result.error()};
    };
    EXPECT_EQ(moved({{4000}, 2}, FrameKind::plain, FrameKind::moving), std::nullopt);
    EXPECT_EQ(moved({{3999}, 2}, FrameKind::plain, FrameKind::moving), Error::busy)
        << "another vCPU is at it";
    EXPECT_EQ(tables.record.at({3999}), FrameKind::plain);
    EXPECT_EQ(domain_.batch({Gfn{4000}.address() | op_level, 0}), refused(Error::bad_address));
    EXPECT_EQ(moved({{4000}, 2}, FrameKind::moving, FrameKind::donated), std::nullopt);
    EXPECT_EQ(domain_.batch({Gfn{4000}.address() | op_level, 0}), done(1));
    for (const GfnRange range : {GfnRange{{FakeSealed::ram_frames}, 1}, {{FakeSealed::ram_frames - 1}, 2},
                                 {{~0ull}, 2}, {{1}, ~0ull}})
        EXPECT_EQ(moved(range, FrameKind::plain, FrameKind::moving), Error::bad_address);
}

} // namespace
} // namespace lintel::seal
