// SPDX-License-Identifier: Apache-2.0
// The real Caller of the hypercall handlers: a vCPU. Host tests and the fuzzer have another one.
#pragma once

#include <span>

#include "domain/vcpu.hpp"

namespace lintel {

class VcpuCaller {
public:
    explicit VcpuCaller(Vcpu& vcpu) : vcpu_{vcpu} {}

    GuestMemory<Domain> memory() { return GuestMemory{*vcpu_.domain}; }
    EventChannels<UpcallTargets>& events() { return vcpu_.domain->events; }

    void console_write(std::span<const std::byte> bytes);
    std::size_t console_read(std::span<std::byte> room);
    void shut_down(std::uint32_t reason);
    void set_timer(std::uint64_t deadline_ns);
    Result<> register_time(std::uint32_t index, std::uint64_t address);
    void set_upcall_vector(std::uint8_t vector) { vcpu_.upcall_vector = vector; }

private:
    Vcpu& vcpu_;
};

} // namespace lintel
