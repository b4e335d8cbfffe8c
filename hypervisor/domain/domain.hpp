// SPDX-License-Identifier: Apache-2.0
// A domain: its memory, its shared pages, its event channels. Created whole or not at all.
#pragma once

#include <array>
#include <string_view>

#include "domain/guest_memory.hpp"
#include "domain/owner.hpp"
#include "domain/shared_pages.hpp"
#include "event/event_channels.hpp"
#include "mm/machine_memory.hpp"

namespace lintel {

struct Vcpu;
inline constexpr unsigned vcpu_limit = 1; // more with the scheduler

// A domain's vCPUs, as event delivery sees them: an upcall is noted at the vCPU and wakes it.
struct UpcallTargets {
    std::array<Vcpu*, vcpu_limit> vcpus{};
    void upcall(VcpuIndex vcpu);
};

enum class DomainState : std::uint8_t {
    running,
    shut_down, // by its own hypercall
    crashed,   // by something it may not do
};

struct Domain {
    Domain(DomainId number, GuestPhysicalMap&& guest_map, const SharedPages& pages,
           std::span<PortState> ports)
        : id{number},
          map{std::move(guest_map)},
          shared{pages},
          events{*pages.events, ports, vcpu_limit, targets}
    {
    }

    DomainId id;
    std::uint64_t info_address = 0; // guest-physical, of shared.info
    GuestPhysicalMap map;
    SharedPages shared;
    UpcallTargets targets;
    EventChannels<UpcallTargets> events;
    bool privileged = false; // dom0

    DomainState state = DomainState::running;
    std::uint32_t shutdown_reason = 0; // LINTEL_SHUTDOWN_*, when shut_down
    std::string_view crash_reason;     // when crashed; a literal

    // GuestPages: RAM means a frame that this domain owns and may write.
    Result<std::byte*> ram_page(Gfn gfn)
    {
        const ept::Mapping mapping = map.lookup(gfn);
        if (mapping.access != ept::Access::rwx || frames().owner(mapping.frame) != owner_of(id))
            return Error::bad_address;
        return at_frame(mapping.frame);
    }
    // The end of this domain, and of nothing else. The first reason stays.
    void crash(std::string_view reason)
    {
        if (state != DomainState::running)
            return;
        state = DomainState::crashed;
        crash_reason = reason;
    }
};

} // namespace lintel
