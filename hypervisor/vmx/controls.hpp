// SPDX-License-Identifier: Apache-2.0
// The VM-execution, exit and entry controls in use. Intel SDM Vol. 3, "VM-Execution Control
// Fields", "VM-Exit Control Fields", "VM-Entry Control Fields".
#pragma once

#include <cstdint>

namespace lintel {

// Exceptions that exit: #DB and #AC, because delivering either can raise it again without end, which
// would hang a processor that does not leave the guest (CVE-2015-5307, CVE-2015-8104); and machine
// checks.
inline constexpr std::uint32_t vector_debug = 1, vector_alignment = 17, vector_machine_check = 18;
inline constexpr std::uint32_t intercepted_exceptions =
    1u << vector_debug | 1u << vector_alignment | 1u << vector_machine_check;

namespace pin {
inline constexpr std::uint32_t external_interrupts = 1u << 0;
inline constexpr std::uint32_t nmi = 1u << 3;
inline constexpr std::uint32_t virtual_nmis = 1u << 5;
inline constexpr std::uint32_t preemption_timer = 1u << 6; // for a quirk only: cpu/quirks.hpp
inline constexpr std::uint32_t wanted = external_interrupts | nmi | virtual_nmis;
} // namespace pin

namespace primary {
inline constexpr std::uint32_t interrupt_window = 1u << 2;
inline constexpr std::uint32_t hlt = 1u << 7;
inline constexpr std::uint32_t mwait = 1u << 10;
inline constexpr std::uint32_t rdpmc = 1u << 11;
inline constexpr std::uint32_t cr3_load = 1u << 15; // on in sealed domains
inline constexpr std::uint32_t cr8_load = 1u << 19;
inline constexpr std::uint32_t cr8_store = 1u << 20;
inline constexpr std::uint32_t nmi_window = 1u << 22;
inline constexpr std::uint32_t io_bitmaps = 1u << 25;
inline constexpr std::uint32_t msr_bitmaps = 1u << 28;
inline constexpr std::uint32_t monitor = 1u << 29;
inline constexpr std::uint32_t secondary_controls = 1u << 31;
inline constexpr std::uint32_t wanted = hlt | mwait | rdpmc | cr8_load | cr8_store | io_bitmaps |
                                        msr_bitmaps | monitor | secondary_controls;
inline constexpr std::uint32_t when_useful = interrupt_window | nmi_window;
} // namespace primary

namespace secondary {
inline constexpr std::uint32_t ept = 1u << 1;
inline constexpr std::uint32_t rdtscp = 1u << 3;
inline constexpr std::uint32_t vpid = 1u << 5;
inline constexpr std::uint32_t unrestricted_guest = 1u << 7;
inline constexpr std::uint32_t pause_loop = 1u << 10; // on while others wait for the CPU
inline constexpr std::uint32_t invpcid = 1u << 12;
inline constexpr std::uint32_t encls = 1u << 15;
inline constexpr std::uint32_t required = ept | vpid | unrestricted_guest;
inline constexpr std::uint32_t optional = rdtscp | invpcid | encls;
inline constexpr std::uint32_t when_useful = pause_loop;
} // namespace secondary

namespace exit_control {
inline constexpr std::uint32_t save_debug = 1u << 2;
inline constexpr std::uint32_t host_64_bit = 1u << 9;
inline constexpr std::uint32_t acknowledge_interrupt = 1u << 15;
inline constexpr std::uint32_t save_pat = 1u << 18;
inline constexpr std::uint32_t load_pat = 1u << 19;
inline constexpr std::uint32_t save_efer = 1u << 20;
inline constexpr std::uint32_t load_efer = 1u << 21;
inline constexpr std::uint32_t wanted =
    save_debug | host_64_bit | acknowledge_interrupt | save_pat | load_pat | save_efer | load_efer;
} // namespace exit_control

namespace entry_control {
inline constexpr std::uint32_t load_debug = 1u << 2;
inline constexpr std::uint32_t ia32e_guest = 1u << 9;
inline constexpr std::uint32_t load_pat = 1u << 14;
inline constexpr std::uint32_t load_efer = 1u << 15;
inline constexpr std::uint32_t wanted = load_debug | load_pat | load_efer;
} // namespace entry_control

// A capability MSR says which bits must be 1 (low half) and which may be (high half).
// Intel SDM Vol. 3, Appendix "VMX Capability Reporting Facility".
struct ControlCapability {
    std::uint32_t must, may;

    static constexpr ControlCapability of(std::uint64_t msr)
    {
        return {static_cast<std::uint32_t>(msr), static_cast<std::uint32_t>(msr >> 32)};
    }
    constexpr bool allows(std::uint32_t bits) const { return (bits & ~may) == 0; }
    constexpr std::uint32_t adjust(std::uint32_t wanted) const { return (wanted | must) & may; }
};

} // namespace lintel
