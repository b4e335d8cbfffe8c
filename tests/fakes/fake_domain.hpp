// SPDX-License-Identifier: Apache-2.0
// A domain as the templates of event/ and grant/ see it: the real event ports, and locks that take
// a mistake for what it is.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "event/interdomain.hpp"

namespace lintel {

// Counts its holders, of which there is one at a time; all of a test run in one thread.
struct FakeLock {
    void lock()
    {
        assert(!held);
        held = true;
        ++taken;
    }
    void unlock()
    {
        assert(held);
        held = false;
    }
    unsigned taken = 0;
    bool held = false;
};

struct FakeDomain {
    struct Sink {
        void upcall(VcpuIndex vcpu) { vcpus.push_back(vcpu); }
        std::vector<VcpuIndex> vcpus;
    };

    explicit FakeDomain(std::uint16_t number, std::uint32_t vcpus = 2, std::uint32_t ports = 8)
        : id{number}, storage(ports), events{shared, storage, vcpus, upcalls}
    {
    }
    FakeDomain(const FakeDomain&) = delete;

    bool pending(Port port) const { return shared.pending[port / 64] >> port % 64 & 1; }

    DomainId id;
    FakeLock ports_lock;
    lintel_events shared{};
    Sink upcalls;
    std::vector<PortState> storage;
    EventChannels<Sink> events;
};

// All domains of a test.
struct FakeDomains {
    FakeDomain* find(std::uint64_t number) const
    {
        const auto found = std::find_if(all.begin(), all.end(), [&](const FakeDomain* domain) {
            return domain->id.number == number;
        });
        return found == all.end() ? nullptr : *found;
    }
    FakeDomain* operator()(DomainId id) const { return find(id.number); }
    std::vector<FakeDomain*> all;
};

} // namespace lintel
