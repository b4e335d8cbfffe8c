// SPDX-License-Identifier: Apache-2.0
// The domain and vCPU behind a hypercall in tests: what the calls did is recorded.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/guest_memory.hpp"
#include "event/event_channels.hpp"
#include "fakes/fake_guest_ram.hpp"
#include "hypercall/dispatch.hpp"

namespace lintel {

class FakeCaller {
public:
    static constexpr std::uint32_t vcpus = 2;
    static constexpr std::uint32_t ports = 8;

    GuestMemory<FakeGuestRam> memory() { return GuestMemory{ram}; }
    auto& events() { return events_; }
    void console_write(std::span<const std::byte> bytes)
    {
        for (const std::byte byte : bytes)
            written.push_back(static_cast<char>(byte));
    }
    std::size_t console_read(std::span<std::byte> room)
    {
        std::size_t stored = 0;
        for (; stored < room.size() && !typed.empty(); ++stored) {
            room[stored] = static_cast<std::byte>(typed.front());
            typed.pop_front();
        }
        return stored;
    }
    void shut_down(std::uint32_t reason) { shutdown_reason = reason; }
    void set_timer(std::uint64_t ns) { deadline = ns; }
    Result<> register_time(std::uint32_t vcpu, std::uint64_t address)
    {
        if (vcpu >= vcpus)
            return Error::not_found;
        TRY(ram.ram_page(Gfn::of(address)));
        time_address = address;
        return {};
    }
    void set_upcall_vector(std::uint8_t vector) { upcall_vector = vector; }

    struct Sink {
        void upcall(VcpuIndex vcpu) { vcpus.push_back(vcpu); }
        std::vector<VcpuIndex> vcpus;
    };

    FakeGuestRam ram;
    std::string written;    // to the console
    std::deque<char> typed; // waits to be read from it
    std::optional<std::uint32_t> shutdown_reason;
    std::optional<std::uint64_t> deadline;
    std::optional<std::uint64_t> time_address;
    std::optional<std::uint8_t> upcall_vector;
    lintel_events shared{};
    Sink upcalls;

    // As a guest would: number and arguments in registers.
    std::int64_t call(std::uint64_t number, HypercallArguments arguments = {})
    {
        return dispatch_hypercall(*this, number, arguments);
    }

private:
    std::vector<PortState> storage_ = std::vector<PortState>(ports);
    EventChannels<Sink> events_{shared, storage_, vcpus, upcalls};
};

} // namespace lintel
