// SPDX-License-Identifier: Apache-2.0
// A virtual CPU: the registers VMX does not keep, its VMCS, and what is to happen at its next
// entry. A vCPU stays on one physical CPU; other CPUs only leave notes (the atomic fields) and wake
// it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "domain/cpu_time.hpp"
#include "domain/cpuid_cache.hpp"
#include "domain/domain.hpp"
#include "mm/frame.hpp"
#include "vmx/event_injection.hpp"
#include "vmx/extended_state.hpp"
#include "vmx/guest_registers.hpp"
#include "vmx/pinned_state.hpp"
#include "vmx/vmcs_setup.hpp"

namespace lintel {

enum class RunState : std::uint8_t {
    stopped,
    runnable, // in its CPU's queue
    held,     // would be, but for its domain's pause
    running,  // its CPU is in the guest, or works for it
    blocked,
};

// How a vCPU lets go of its CPU.
enum class Leave : std::uint8_t {
    no,
    yield, // it could go on: its slice is over, or it lets others run first
    block, // until a note ends that, as in HLT
    wait,  // likewise, and until a kick
    stop,  // until it is started anew
};

struct Vcpu {
    GuestRegisters registers;
    Domain* domain = nullptr;
    std::uint32_t index = 0;
    std::uint16_t vpid = 0;
    Mfn vmcs;
    bool launched = false; // the next entry is VMRESUME

    EventInjection injection;        // an event of the guest's own to be delivered (again) at entry
    std::uint8_t upcall_vector = 0;  // 0: none set
    std::uint32_t windows_wanted = 0; // primary controls that are on to tell of an open window
    bool pause_exits = false;         // a secondary control likewise
    Leave leave = Leave::no;          // what the exit's handler wants to follow

    // Notes from any CPU. Set the note, then wake(); see sched/run_queue.cpp.
    bool upcall_due = false, nmi_due = false, kicked = false;

    std::uint8_t cr8 = 0;
    CpuidCache cpuid_cache;
    bool pinned = false; // by the seal: domain/pinning.hpp
    RecentRoots roots;   // once it is
    std::uint32_t roots_round = 0; // Sealed::roots_round that `roots` has followed; atomic
    std::optional<Gfn> left_with;  // the root it has while it has no processor
    // Check mode: the guest-physical addresses that it stores to by the next instruction, and may;
    // the last first. One store can reach into two pages.
    std::array<std::optional<std::uint64_t>, 2> stepping;
    bool steps_itself = false; // its TF was set already
    ExtendedState* extended = nullptr;

    // The scheduler's: under the lock of the home CPU's queue, but for `cpu`, which never changes.
    unsigned cpu = 0;
    RunState state = RunState::stopped;
    Vcpu* next = nullptr; // in the queue
    // Written by the vCPU's own CPU when it blocks: what ends that.
    bool wakes_on_upcall = false, wakes_on_nmi = false, wakes_on_kick = false;

    // The home CPU's own.
    std::optional<GuestEntry> entry; // where to begin, until it has begun
    std::uint64_t deadline_tsc = 0;         // of timer_set; 0: none
    Vcpu* next_timer = nullptr;             // the next later one in the CPU's list
    CpuTime cpu_time;

    lintel_vcpu_stats& stats() const { return domain->shared.stats[index]; }
    lintel_time_record& time() const { return domain->shared.time[index]; }

    // Makes the stopped vCPU ready to begin at `where`, with nothing left of an earlier life but an
    // upcall that is due.
    void begin_at(const GuestEntry& where);
    // After setting a note: the vCPU's CPU looks at it again, at once. In sched/run_queue.cpp.
    void wake();
    // Likewise, for a note that only ends a block.
    void wake_if_blocked();
};

inline void set_note(bool& note)
{
    __atomic_store_n(&note, true, __ATOMIC_SEQ_CST);
}
inline bool has_note(const bool& note)
{
    return __atomic_load_n(&note, __ATOMIC_SEQ_CST);
}
inline bool take_note(bool& note)
{
    return has_note(note) && __atomic_exchange_n(&note, false, __ATOMIC_SEQ_CST);
}

} // namespace lintel
