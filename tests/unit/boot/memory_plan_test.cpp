// SPDX-License-Identifier: Apache-2.0
// The plan of the machine's memory, for the maps that firmware has and for ones it should not have.
#include "boot/memory_plan.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "mm/frame_info.hpp"

namespace lintel {
namespace {

using multiboot2::MemoryRange;
using enum multiboot2::MemoryType;

constexpr std::uint64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib;
constexpr MfnRange image{Mfn::of(1 * mib), 40};
constexpr std::uint64_t frame_info_per_page = page_size / sizeof(FrameInfo);

class MemoryPlanTest : public testing::Test {
protected:
    // A PC with 1 GiB: the usual holes, ACPI tables at the top of RAM, a ROM below 4 GiB.
    void use_pc()
    {
        add(0, 639 * kib, available);
        add(639 * kib, 1 * kib, reserved);
        add(960 * kib, 64 * kib, reserved);
        add(1 * mib, 1 * gib - 1 * mib - 64 * kib, available);
        add(1 * gib - 64 * kib, 64 * kib, acpi_reclaimable);
        add(4 * gib - 256 * kib, 256 * kib, reserved);
    }
    void add(std::uint64_t base, std::uint64_t length, multiboot2::MemoryType type)
    {
        ASSERT_TRUE(info_.memory.push_back({base, length, type}).ok());
    }
    void add_module(std::uint64_t start, std::uint64_t end)
    {
        ASSERT_TRUE(info_.modules.push_back({start, end, ""}).ok());
    }
    std::optional<MemoryPlanError> plan(std::uint64_t dom0_bytes, Mfn limit = MemoryWishes{}.limit)
    {
        plan_ = {};
        return plan_memory(info_, {image, dom0_bytes, limit}, plan_);
    }
    // Every frame of RAM has one user, and the frame table covers all of them.
    void expect_sound()
    {
        FrameSet rest = plan_.ram;
        std::uint64_t used = 0;
        const auto take = [&](const FrameSet& part) {
            for (const MfnRange& range : part) {
                EXPECT_TRUE(rest.contains(range)); // of RAM, and of nobody else
                rest.remove(range);
                used += range.count;
            }
        };
        take(plan_.dom0);
        take(plan_.heap);
        take(plan_.modules);
        take(FrameSet{plan_.frame_table});
        rest.remove(image);
        EXPECT_TRUE(rest.empty());
        FrameSet image_taken = plan_.dom0;
        image_taken.remove(image);
        EXPECT_EQ(image_taken.frames(), plan_.dom0.frames());
        EXPECT_GE(plan_.frame_table.count * frame_info_per_page, plan_.limit.number);
        EXPECT_GE(plan_.limit, plan_.ram.limit());
        EXPECT_GE(plan_.limit, plan_.firmware.limit());
    }

    multiboot2::Info info_;
    MemoryPlan plan_;
};

TEST_F(MemoryPlanTest, dom0_gets_the_lowest_frames_around_the_image)
{
    use_pc();
    ASSERT_EQ(plan(512 * mib), std::nullopt);
    expect_sound();
    EXPECT_TRUE(plan_.dom0.contains({Mfn{0}, 639 * kib / page_size}));
    EXPECT_TRUE(plan_.dom0.contains({image.end(), 1000}));
    EXPECT_GE(plan_.dom0.frames(), 512 * mib / page_size);
    EXPECT_LT(plan_.dom0.frames(), 514 * mib / page_size);
    EXPECT_EQ(plan_.dom0.limit().number % 512, 0u); // ends with a 2 MiB page
}

TEST_F(MemoryPlanTest, page_that_is_only_partly_ram_is_not_used)
{
    use_pc();
    ASSERT_EQ(plan(64 * mib), std::nullopt);
    EXPECT_FALSE(plan_.ram.contains({Mfn::of(639 * kib), 1}));
}

TEST_F(MemoryPlanTest, firmware_tables_are_known_but_nobodys)
{
    use_pc();
    ASSERT_EQ(plan(64 * mib), std::nullopt);
    const MfnRange tables{Mfn::of(1 * gib - 64 * kib), 16};
    EXPECT_TRUE(plan_.firmware.contains(tables));
    EXPECT_FALSE(plan_.ram.contains({tables.first, 1}));
    EXPECT_EQ(plan_.limit, tables.end());
}

TEST_F(MemoryPlanTest, range_that_covers_available_memory_wins)
{
    use_pc();
    add(300 * mib, 1, reserved); // one byte of a page
    add(400 * mib + 100, page_size, acpi_nvs);
    ASSERT_EQ(plan(64 * mib), std::nullopt);
    expect_sound();
    EXPECT_FALSE(plan_.ram.contains({Mfn::of(300 * mib), 1}));
    EXPECT_FALSE(plan_.ram.contains({Mfn::of(400 * mib), 1}));
    EXPECT_TRUE(plan_.firmware.contains({Mfn::of(400 * mib), 2}));
    EXPECT_TRUE(plan_.ram.contains({Mfn::of(400 * mib) + 2, 1}));
}

TEST_F(MemoryPlanTest, modules_outside_of_dom0_are_kept_until_they_have_been_used)
{
    use_pc();
    add_module(900 * mib + 1, 910 * mib + 1);
    ASSERT_EQ(plan(64 * mib), std::nullopt);
    expect_sound();
    const MfnRange touched{Mfn::of(900 * mib), 10 * mib / page_size + 1};
    EXPECT_TRUE(plan_.modules.contains(touched));
    EXPECT_EQ(plan_.modules.frames(), touched.count);
}

TEST_F(MemoryPlanTest, modules_inside_of_dom0_take_nothing_from_the_hypervisor)
{
    use_pc();
    add_module(16 * mib, 32 * mib);
    ASSERT_EQ(plan(64 * mib), std::nullopt);
    expect_sound();
    EXPECT_TRUE(plan_.modules.empty());
}

TEST_F(MemoryPlanTest, less_than_the_least_for_dom0_is_too_small)
{
    use_pc();
    EXPECT_EQ(plan(least_dom0_bytes - 1), MemoryPlanError::dom0_too_small);
    EXPECT_EQ(plan(0), MemoryPlanError::dom0_too_small);
    EXPECT_EQ(plan(least_dom0_bytes), std::nullopt);
}

TEST_F(MemoryPlanTest, dom0_that_leaves_too_little_is_too_large)
{
    use_pc();
    for (const std::uint64_t bytes :
         {1 * gib, 1020 * mib, 1014 * mib, 2 * gib, 1ul << 63, ~0ul, ~0ul - 4096})
        EXPECT_EQ(plan(bytes), MemoryPlanError::dom0_too_large) << bytes;
    EXPECT_EQ(plan(1000 * mib), std::nullopt);
    EXPECT_GE(plan_.kept() - plan_.frame_table.count, least_heap_frames);
}

TEST_F(MemoryPlanTest, machine_without_memory_is_an_error)
{
    EXPECT_EQ(plan(least_dom0_bytes), MemoryPlanError::dom0_too_large);
}

TEST_F(MemoryPlanTest, ranges_at_the_end_of_the_address_space_do_no_harm)
{
    use_pc();
    add(~0ul - 100, 100, reserved); // ends in the last page there is
    add(~0ul - 10, 10, available);  // not a whole page
    ASSERT_EQ(plan(64 * mib), std::nullopt);
    expect_sound();
    EXPECT_EQ(plan_.limit, Mfn::of(1 * gib));
}

TEST_F(MemoryPlanTest, memory_above_4_gib_is_used)
{
    use_pc();
    add(4 * gib, 3 * gib, available);
    ASSERT_EQ(plan(2 * gib), std::nullopt);
    expect_sound();
    EXPECT_EQ(plan_.limit, Mfn::of(7 * gib));
}

TEST_F(MemoryPlanTest, memory_beyond_what_start_up_reaches_is_nobodys)
{
    use_pc();
    add(4 * gib, 3 * gib, available);
    add(7 * gib, 64 * kib, acpi_nvs);
    ASSERT_EQ(plan(512 * mib, Mfn::of(5 * gib)), std::nullopt);
    expect_sound();
    EXPECT_EQ(plan_.limit, Mfn::of(5 * gib));
    EXPECT_TRUE(plan_.ram.contains({Mfn::of(4 * gib), 1 * gib / page_size}));
}

// As many ranges as the loader's structure holds, of all types, at random and overlapping.
TEST_F(MemoryPlanTest, random_maps_are_laid_out_soundly_or_refused)
{
    std::mt19937_64 random{5};
    unsigned planned = 0;
    for (int round = 0; round < 300; ++round) {
        info_ = {};
        add(0, 512 * mib, available);
        while (info_.memory.size() < info_.memory.capacity())
            add(random() % (2 * gib), random() % (8 * mib) + 1,
                static_cast<multiboot2::MemoryType>(random() % 6));
        for (int i = 0; i < 3; ++i) {
            const std::uint64_t start = random() % gib;
            add_module(start, start + random() % (16 * mib));
        }
        if (plan(least_dom0_bytes + random() % (256 * mib)) != std::nullopt)
            continue;
        ++planned;
        ASSERT_NO_FATAL_FAILURE(expect_sound());
    }
    EXPECT_GT(planned, 100u);
}

} // namespace
} // namespace lintel
