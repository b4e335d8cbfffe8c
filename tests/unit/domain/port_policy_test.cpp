// SPDX-License-Identifier: Apache-2.0
// Port bitmaps: dom0 has all ports but the hypervisor's, other domains have none.
#include "domain/port_policy.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace lintel {
namespace {

class PortPolicyTest : public testing::TestWithParam<bool> {
protected:
    PortPolicyTest() { fill_port_bitmaps(bitmaps_, GetParam()); }
    bool exits(unsigned port) const { return (bitmaps_[port / 8] >> port % 8 & 1) != 0; }
    static bool is_hypervisors(unsigned port)
    {
        return std::any_of(hypervisor_ports.begin(), hypervisor_ports.end(), [&](PortRange range) {
            return port >= range.first && port <= range.last;
        });
    }
    std::array<std::uint8_t, 8192> bitmaps_{};
};

TEST_P(PortPolicyTest, every_port_is_passed_or_refused_as_the_policy_says)
{
    for (unsigned port = 0; port <= 0xffff; ++port)
        EXPECT_EQ(exits(port), !GetParam() || is_hypervisors(port)) << std::hex << port;
}

// Interrupt controllers, timer and its gate, debug output, COM1.
TEST_P(PortPolicyTest, devices_of_the_hypervisor_are_refused_to_all)
{
    for (const unsigned port :
         {0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1, 0x40, 0x42, 0x43, 0x61, 0xe9, 0x3f8, 0x3fd, 0x3ff})
        EXPECT_TRUE(exits(port)) << std::hex << port;
}

INSTANTIATE_TEST_SUITE_P(PassThrough, PortPolicyTest, testing::Bool());

} // namespace
} // namespace lintel
