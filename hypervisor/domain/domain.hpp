// SPDX-License-Identifier: Apache-2.0
// A domain: its memory, its shared pages, its event channels. Created whole or not at all. Locks:
// docs/design/locks.md.
#pragma once

#include <array>
#include <string_view>

#include "cpu/spin_lock.hpp"
#include "cpu/this_cpu.hpp"
#include "domain/guest_memory.hpp"
#include "domain/sealed.hpp"
#include "domain/shared_pages.hpp"
#include "domain/vcpu_limit.hpp"
#include "event/event_channels.hpp"
#include "grant/grant_table.hpp"
#include "grant/lending.hpp"
#include "grant/mappings.hpp"
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

// Those from shut_down on are ends. In the order of LINTEL_DOMAIN_*.
enum class DomainState : std::uint8_t {
    paused,
    running,
    shut_down, // by its own hypercall
    crashed,   // by something it may not do
    dying,     // it is being taken apart
};

// What is fixed for a domain's life.
struct DomainLimits {
    std::uint32_t vcpus = 1; // 1 .. vcpu_limit
    std::uint32_t event_ports = 0, grant_entries = 0, mappings = 0;
    std::uint64_t max_frames = 0;
};

// What lies beside RAM in a domain's guest-physical space. In dom0, which is 1:1, no range is set aside.
struct DomainLayout {
    GfnRange shared;  // for the window's pages
    GfnRange foreign; // where it maps what others grant
    GfnRange devices; // RAM, only reported to the guest
};

// What the limits are limits of: as many elements each, all zero.
struct DomainTables {
    std::span<PortState> ports;
    std::span<std::uint16_t> grant_uses;
    std::span<MappingSlot> mappings;
};

struct Domain {
    Domain(DomainId number, const DomainLimits& its_limits, const DomainLayout& its_layout,
           GuestPhysicalMap&& guest_map, const SharedPages& pages, const DomainTables& tables,
           FrameBag&& frames)
        : id{number},
          limits{its_limits},
          layout{its_layout},
          state_frames{std::move(frames)},
          map{std::move(guest_map)},
          shared{pages},
          events{*pages.events, tables.ports, its_limits.vcpus, targets},
          grants{pages.grants, tables.grant_uses},
          mappings{tables.mappings}
    {
    }

    DomainId id;
    DomainLimits limits;
    DomainLayout layout;
    std::uint64_t created_ns = 0;
    FrameBag state_frames;          // the hypervisor's, for this domain; this object lies in them too
    Mfn io_bitmaps, msr_bitmap;     // what its vCPUs reach without an exit
    std::uint64_t info_address = 0; // guest-physical, of shared.info

    SpinLock map_lock; // for edits; looking up takes none, see mm/translations.hpp
    GuestPhysicalMap map;
    Translations translations;
    const FrameSet* own_ram = nullptr; // dom0: machine frames that are its RAM, 1:1, held or released
    std::uint64_t ram_frames = 0;      // how much RAM it has; changed under map_lock
    Gfn ram_end;                       // others: RAM was never beyond this; likewise

    SpinLock ports_lock; // for binding, moving and closing ports
    SharedPages shared;
    UpcallTargets targets;
    EventChannels<UpcallTargets> events;
    bool privileged = false; // dom0
    Sealed* sealed = nullptr; // what it has for sealing its page tables; null: it may not

    // Both have locks of their own.
    GrantTable grants;
    Mappings mappings;
    std::uint32_t lent_frames = 0;    // its frames that others use; atomic, see grant/lending.hpp
    std::uint32_t mappings_ended = 0; // the destroyer's, see end_mappings()

    SpinLock vcpus_lock; // for starting and stopping vCPUs
    std::uint32_t started_vcpus = 0;
    bool was_started = false; // by domain_start

    SpinLock end_lock; // for changes of the state
    DomainState state = DomainState::running;
    unsigned ended_by = 0;             // the CPU that saw to its end, once it has ended
    std::uint32_t shutdown_reason = 0; // LINTEL_SHUTDOWN_*, when shut_down
    std::string_view crash_reason;     // when crashed; a literal
    // What dom0 asked it for last, LINTEL_SHUTDOWN_* + 1; 0: nothing. Atomic.
    std::uint32_t shutdown_wanted = 0;

    bool being_destroyed = false;  // by some CPU at the moment; atomic
    bool nobody_uses_it = false; // whoever found it before it was dying; the destroyer's

    Vcpu* vcpu(std::uint64_t index) const
    {
        return index < limits.vcpus ? targets.vcpus[index] : nullptr;
    }
    DomainState state_now() const { return __atomic_load_n(&state, __ATOMIC_ACQUIRE); }
    bool runs() const { return state_now() == DomainState::running; }
    bool is_paused() const { return state_now() == DomainState::paused; }
    bool has_ended() const { return state_now() >= DomainState::shut_down; }
    bool is_dying() const { return state_now() == DomainState::dying; }

    // GuestPages.
    Result<std::byte*> ram_page(Gfn gfn) { return at_frame(TRY(ram_frame(*this, gfn))); }
    // For grant/.
    static FrameAllocator& frame_table() { return frames(); }
    static std::byte* bytes_of(Mfn frame) { return at_frame(frame); }
    // Whether others may use the page, and the domain give it back: what a seal knows may not. With
    // map_lock held, which decides against a frame that is being donated.
    bool may_leave(Gfn page) const { return sealed == nullptr || sealed->may_leave(page); }

    std::uint64_t frames_now() const { return __atomic_load_n(&ram_frames, __ATOMIC_RELAXED); }
    // With map_lock held. Wraps for what is taken away.
    void count_ram(std::uint64_t more)
    {
        __atomic_store_n(&ram_frames, ram_frames + more, __ATOMIC_RELAXED);
    }

    // The end of this domain, and of nothing else. The first reason stays. Its vCPUs stop soon, each on
    // its own CPU; sched::has_stopped() tells when all have. dom0 is told of others' ends.
    void crash(std::string_view reason);
    void shut_down(std::uint32_t reason);
    // Its end, and more: from now on nobody finds it by its number.
    void die();
    // Whether the state changed: not after the end. Use sched::pause() and sched::unpause().
    bool set_paused(bool paused);

private:
    void end(DomainState how);
};

} // namespace lintel
