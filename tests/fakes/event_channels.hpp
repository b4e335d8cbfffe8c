// SPDX-License-Identifier: Apache-2.0
// What the tests of event delivery have in common: the words that a guest shares, and a sink that
// remembers whom upcalls were for.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "event/event_channels.hpp"

namespace lintel {

struct RecordingSink {
    void upcall(VcpuIndex vcpu) { vcpus.push_back(vcpu); }
    std::vector<VcpuIndex> vcpus;
};

class EventChannelsTest : public testing::Test {
protected:
    bool pending(Port port) const { return shared_.pending[port / 64] >> port % 64 & 1; }
    void mask(Port port) { shared_.mask[port / 64] |= 1ull << port % 64; }
    void clear_pending(Port port) { shared_.pending[port / 64] &= ~(1ull << port % 64); }
    Port ipi(VcpuIndex vcpu) { return events_.bind_ipi(vcpu).take(); }
    // What the upcall handler does first; answers which words had news.
    std::uint64_t take_upcall(VcpuIndex vcpu)
    {
        shared_.vcpu[vcpu].pending = 0;
        return std::exchange(shared_.vcpu[vcpu].selector, 0);
    }
    std::size_t upcalls() const { return sink_.vcpus.size(); }

    static constexpr std::uint32_t vcpus = 3;
    lintel_events shared_{};
    std::vector<PortState> storage_ = std::vector<PortState>(LINTEL_EVENT_PORTS);
    RecordingSink sink_;
    EventChannels<RecordingSink> events_{shared_, storage_, vcpus, sink_};
};

} // namespace lintel
