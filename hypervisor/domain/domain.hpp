// SPDX-License-Identifier: Apache-2.0
// A domain: its memory, its shared pages, its event channels. Created whole or not at all. Locks:
// docs/design/locks.md.
#pragma once

#include <array>
#include <string_view>

#include "cpu/spin_lock.hpp"
#include "cpu/this_cpu.hpp"
#include "domain/guest_memory.hpp"
#include "domain/shared_pages.hpp"
#include "domain/vcpu_limit.hpp"
#include "event/event_channels.hpp"
#include "mm/frame_set.hpp"
#include "mm/machine_memory.hpp"
#include "mm/owner.hpp"
#include "mm/translations.hpp"

namespace lintel {

struct Vcpu;
// A domain's vCPUs, as event delivery sees them: an upcall is noted at the vCPU and wakes it. Filled
// before the domain runs.
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
    Domain(DomainId number, std::uint32_t vcpus, GuestPhysicalMap&& guest_map,
           const SharedPages& pages, std::span<PortState> ports)
        : id{number},
          vcpu_count{vcpus},
          map{std::move(guest_map)},
          shared{pages},
          events{*pages.events, ports, vcpus, targets}
    {
    }

    DomainId id;
    std::uint32_t vcpu_count;   // 1 .. vcpu_limit
    Mfn io_bitmaps, msr_bitmap; // what its vCPUs reach without an exit
    std::uint64_t info_address = 0; // guest-physical, of shared.info

    SpinLock map_lock; // for edits; looking up takes none, see mm/translations.hpp
    GuestPhysicalMap map;
    Translations translations;
    const FrameSet* own_ram = nullptr; // dom0: machine frames that are its RAM, 1:1, held or released

    SpinLock ports_lock; // for binding, moving and closing ports
    SharedPages shared;
    UpcallTargets targets;
    EventChannels<UpcallTargets> events;
    bool privileged = false; // dom0

    SpinLock vcpus_lock; // for starting and stopping vCPUs
    std::uint32_t started_vcpus = 0;

    SpinLock end_lock; // for the end, which comes once
    DomainState state = DomainState::running;
    unsigned ended_by = 0;             // the CPU that saw to it, once state is not running
    std::uint32_t shutdown_reason = 0; // LINTEL_SHUTDOWN_*, when shut_down
    std::string_view crash_reason;     // when crashed; a literal

    Vcpu* vcpu(std::uint64_t index) const
    {
        return index < vcpu_count ? targets.vcpus[index] : nullptr;
    }
    bool runs() const { return __atomic_load_n(&state, __ATOMIC_ACQUIRE) == DomainState::running; }

    // GuestPages: RAM means a frame that this domain owns and may write.
    Result<std::byte*> ram_page(Gfn gfn)
    {
        const ept::Mapping mapping = map.lookup(gfn);
        if (mapping.access != ept::Access::rwx || frames().owner(mapping.frame) != owner_of(id))
            return Error::bad_address;
        return at_frame(mapping.frame);
    }
    // The end of this domain, and of nothing else. The first reason stays. Its vCPUs stop soon, each on
    // its own CPU; sched::has_stopped() tells when all have.
    void crash(std::string_view reason);
    void shut_down(std::uint32_t reason);

private:
    void end(DomainState how);
};

} // namespace lintel
