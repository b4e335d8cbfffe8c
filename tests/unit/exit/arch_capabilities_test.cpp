// SPDX-License-Identifier: Apache-2.0
// IA32_ARCH_CAPABILITIES: statements pass, announcements of MSRs that guests do not have never do.
#include "exit/arch_capabilities.hpp"

#include <gtest/gtest.h>

namespace lintel {
namespace {

constexpr std::uint32_t kaby_lake_stepping_9 = 0x906e9, ice_lake_server = 0x606a6;
constexpr std::uint32_t sapphire_rapids = 0x806f8, amd_zen = 0x800f12;
constexpr std::uint64_t its_no = 1ull << 62;

TEST(ArchCapabilities, announcements_of_controls_are_hidden)
{
    const std::uint64_t shown = guest_arch_capabilities(~0ull, sapphire_rapids);
    // IBRS_ALL, L1D flush, MCU and energy controls, TSX_CTRL, package power limits, XAPIC_DISABLE,
    // FB_CLEAR_CTRL, GDS_CTRL, OVERCLOCKING.
    for (const unsigned bit : {1, 3, 7, 9, 10, 11, 12, 18, 21, 23, 25})
        EXPECT_EQ(shown >> bit & 1, 0u) << bit;
}

TEST(ArchCapabilities, statements_are_the_processors_own)
{
    constexpr std::uint64_t rdcl_no = 1, mds_no = 1 << 5, taa_no = 1 << 8;
    EXPECT_EQ(guest_arch_capabilities(rdcl_no | mds_no, ice_lake_server), rdcl_no | mds_no);
    EXPECT_EQ(guest_arch_capabilities(taa_no | its_no, ice_lake_server), taa_no | its_no);
    EXPECT_EQ(guest_arch_capabilities(0, ice_lake_server), 0u); // nothing is made up
}

TEST(ArchCapabilities, processors_that_indirect_target_selection_does_not_concern_say_so)
{
    EXPECT_EQ(guest_arch_capabilities(0, kaby_lake_stepping_9), its_no);
    EXPECT_EQ(guest_arch_capabilities(0, sapphire_rapids), its_no);
    EXPECT_EQ(guest_arch_capabilities(0, amd_zen), its_no);
}

TEST(ArchCapabilities, affected_models_are_told_apart_by_their_steppings)
{
    EXPECT_FALSE(affected_by_its(0x50654)); // Skylake-X
    EXPECT_TRUE(affected_by_its(0x50657));  // Cascade Lake
    EXPECT_FALSE(affected_by_its(0x806eb));
    EXPECT_TRUE(affected_by_its(0x806ec));
    EXPECT_FALSE(affected_by_its(0x906ec));
    EXPECT_TRUE(affected_by_its(0x906ed));
    for (const std::uint32_t signature :
         {0x606a6u, 0x606c1u, 0x706e5u, 0x806c1u, 0x806d1u, 0xa0652u, 0xa0660u, 0xa0671u})
        EXPECT_TRUE(affected_by_its(signature)) << std::hex << signature;
}

} // namespace
} // namespace lintel
