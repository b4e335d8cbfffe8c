// SPDX-License-Identifier: Apache-2.0
// Who has to be waited for after an edit of a domain's map.
#include "mm/translations.hpp"

#include <barrier>
#include <thread>

#include <gtest/gtest.h>

namespace lintel {
namespace {

class TranslationsTest : public testing::Test {
protected:
    void flush(unsigned cpu) { translations_.note_flush(cpu, translations_.now()); }
    void run(unsigned cpu)
    {
        translations_.begin(cpu);
        flush(cpu);
    }
    Translations translations_;
};

TEST_F(TranslationsTest, a_cpu_that_never_ran_the_domain_is_behind)
{
    EXPECT_TRUE(translations_.is_behind(0)); // an earlier domain may have used the same tables
    flush(0);
    EXPECT_FALSE(translations_.is_behind(0));
}

TEST_F(TranslationsTest, nobody_is_waited_for_when_nobody_runs_the_domain)
{
    EXPECT_EQ(translations_.behind(translations_.advance()), 0u);
}

TEST_F(TranslationsTest, a_running_cpu_is_waited_for_until_it_has_flushed)
{
    run(3);
    const auto epoch = translations_.advance();
    EXPECT_TRUE(translations_.is_behind(3));
    EXPECT_EQ(translations_.behind(epoch), 1u << 3);
    flush(3);
    EXPECT_EQ(translations_.behind(epoch), 0u);
}

TEST_F(TranslationsTest, a_cpu_that_rests_is_not_waited_for_but_catches_up_later)
{
    run(1);
    translations_.end(1);
    const auto epoch = translations_.advance();
    EXPECT_EQ(translations_.behind(epoch), 0u);
    translations_.begin(1);
    EXPECT_TRUE(translations_.is_behind(1)); // before its next entry
    EXPECT_EQ(translations_.behind(epoch), 1u << 1);
}

TEST_F(TranslationsTest, a_flush_counts_for_the_edits_before_it_only)
{
    run(0);
    const auto seen = translations_.now(); // read, then invalidated
    const auto epoch = translations_.advance();
    translations_.note_flush(0, seen);
    EXPECT_EQ(translations_.behind(epoch), 1u);
}

TEST_F(TranslationsTest, the_last_cpu_counts_too)
{
    run(cpu_limit - 1);
    EXPECT_EQ(translations_.behind(translations_.advance()), 1ull << (cpu_limit - 1));
}

// Two CPUs, each of which runs a domain and edits the other's map at the same time: neither gets to its
// next entry, so each has to catch up with its own domain while it waits for the other's.
TEST(WaitForTranslations, cpus_that_edit_each_others_maps_do_not_wait_for_ever)
{
    struct {
        Translations translations;
        void flush(unsigned cpu) { translations.note_flush(cpu, translations.now()); }
    } domains[2];
    for (unsigned cpu : {0u, 1u}) {
        domains[cpu].translations.begin(cpu);
        domains[cpu].flush(cpu);
    }
    std::barrier round{2};
    const auto edit_the_others = [&](unsigned cpu) {
        auto &own = domains[cpu], &other = domains[1 - cpu];
        for (unsigned edits = 0; edits < 100; ++edits) {
            round.arrive_and_wait();
            const auto epoch = other.translations.advance();
            round.arrive_and_wait(); // both are behind now
            wait_for_translations(other.translations, epoch, [&] {
                if (own.translations.is_behind(cpu))
                    own.flush(cpu);
            });
            EXPECT_EQ(other.translations.behind(epoch), 0u);
        }
    };
    std::thread second{edit_the_others, 1};
    edit_the_others(0);
    second.join();
}

} // namespace
} // namespace lintel
