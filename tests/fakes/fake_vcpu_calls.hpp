// SPDX-License-Identifier: Apache-2.0
// What calls about the domain's vCPUs come to in tests: they are recorded.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <lintel/vcpu.h>

#include "fakes/fake_domain.hpp"
#include "support/result.hpp"

namespace lintel {

class FakeVcpuCalls {
public:
    static constexpr std::uint32_t vcpus = 2;

    Result<> start_vcpu(std::uint32_t vcpu, const lintel_vcpu_start& start)
    {
        TRY(known(vcpu));
        if (vcpu_states[vcpu] != LINTEL_VCPU_STOPPED)
            return Error::busy;
        vcpu_states[vcpu] = LINTEL_VCPU_RUNNABLE;
        starts.push_back({vcpu, start});
        return {};
    }
    void stop() { ++stops; }
    Result<std::uint32_t> vcpu_state(std::uint32_t vcpu)
    {
        TRY(known(vcpu));
        return vcpu_states[vcpu];
    }
    void yield() { ++yields; }
    void yield_to(const FakeDomain& receiver) { yields_to.push_back(receiver.id.number); }
    void wait() { ++waits; }
    Result<> kick(std::uint32_t vcpu)
    {
        TRY(known(vcpu));
        kicks.push_back(vcpu);
        return {};
    }
    Result<> send_nmi(std::uint32_t vcpu)
    {
        TRY(known(vcpu));
        nmis.push_back(vcpu);
        return {};
    }

    struct Start {
        std::uint32_t vcpu;
        lintel_vcpu_start start;
    };

    std::array<std::uint32_t, vcpus> vcpu_states{LINTEL_VCPU_RUNNABLE, LINTEL_VCPU_STOPPED};
    std::vector<Start> starts;
    std::vector<std::uint32_t> kicks, nmis;
    unsigned stops = 0, yields = 0, waits = 0;
    std::vector<std::uint16_t> yields_to; // numbers of domains

protected:
    static Result<> known(std::uint32_t vcpu)
    {
        if (vcpu >= vcpus)
            return Error::not_found;
        return {};
    }
};

} // namespace lintel
