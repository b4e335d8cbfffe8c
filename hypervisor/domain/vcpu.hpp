// SPDX-License-Identifier: Apache-2.0
// A virtual CPU: the registers VMX does not keep, its VMCS, and what is to happen at its next
// entry.
#pragma once

#include <cstdint>

#include "domain/cpuid_cache.hpp"
#include "domain/domain.hpp"
#include "mm/frame.hpp"
#include "vmx/event_injection.hpp"
#include "vmx/guest_registers.hpp"

namespace lintel {

struct Vcpu {
    GuestRegisters registers;
    Domain* domain = nullptr;
    std::uint32_t index = 0;
    Mfn vmcs;
    bool launched = false; // the next entry is VMRESUME

    EventInjection injection; // an event of the guest's own to be delivered (again) at entry
    bool upcall_due = false;
    std::uint8_t upcall_vector = 0;  // 0: none set
    bool window_open_wanted = false; // interrupt-window exiting is on in the VMCS

    std::uint8_t cr8 = 0;
    CpuidCache cpuid_cache;

    bool halted = false;                     // waits in HLT for an upcall
    std::uint64_t deadline_tsc = 0;          // of timer_set; 0: none
    lintel_time_record* time_copy = nullptr; // the registered second record

    lintel_vcpu_stats& stats() const { return domain->shared.stats[index]; }
    lintel_time_record& time() const { return domain->shared.time[index]; }
};

} // namespace lintel
