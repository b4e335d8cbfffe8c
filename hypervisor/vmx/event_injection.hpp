// SPDX-License-Identifier: Apache-2.0
// Events that VM entry delivers to the guest. Intel SDM Vol. 3, tables "Format of the VM-Entry
// Interruption-Information Field" and "Format of the IDT-Vectoring Information Field".
#pragma once

#include <cstdint>

#include "cpu/registers.hpp"
#include "vmx/instruction.hpp"
#include "vmx/vmcs_fields.hpp"

namespace lintel {

namespace interruption {
inline constexpr std::uint32_t valid = 1u << 31;
inline constexpr std::uint32_t error_code_valid = 1u << 11;
inline constexpr std::uint32_t type_mask = 7u << 8;
inline constexpr std::uint32_t external = 0u << 8;
inline constexpr std::uint32_t nmi = 2u << 8;
inline constexpr std::uint32_t hardware_exception = 3u << 8;
inline constexpr std::uint32_t software_interrupt = 4u << 8;
inline constexpr std::uint32_t privileged_software = 5u << 8;
inline constexpr std::uint32_t software_exception = 6u << 8;
inline constexpr std::uint32_t vector_mask = 0xff;
} // namespace interruption

enum class Exception : std::uint8_t {
    db = 1,
    ud = 6,
    gp = 13,
    ac = 17
};

// What could not be delivered again, because something more urgent goes first, and must come anew.
enum class GaveWay : std::uint8_t {
    nothing,
    interrupt,
    nmi
};

// At most one event waits. What a handler raises replaces nothing: a fault while another event was
// being delivered is re-delivered by the guest itself, because that event is injected again first.
struct EventInjection {
    std::uint32_t information = 0; // without `valid`: none
    std::uint32_t error_code = 0;
    std::uint32_t instruction_length = 0; // for software events

    constexpr bool waits() const { return (information & interruption::valid) != 0; }

    void raise(Exception exception)
    {
        const auto vector = static_cast<std::uint32_t>(exception);
        information = interruption::valid | interruption::hardware_exception | vector;
        if (exception == Exception::gp || exception == Exception::ac)
            information |= interruption::error_code_valid;
        error_code = 0;
    }
    void external_interrupt(std::uint8_t vector)
    {
        information = interruption::valid | interruption::external | vector;
    }
    void nmi()
    {
        constexpr std::uint32_t vector = 2;
        information = interruption::valid | interruption::nmi | vector;
    }
    // An exit struck while an event was being delivered: deliver it again, unless the handler of
    // this exit raised something itself.
    GaveWay resume_interrupted(vmcs::Port auto& port)
    {
        const std::uint32_t vectoring = vmcs::read(port, vmcs::idt_vectoring);
        if ((vectoring & interruption::valid) == 0)
            return GaveWay::nothing;
        const std::uint32_t type = vectoring & interruption::type_mask;
        // NMIs are blocked from the delivery on that was cut short; entry wants them open.
        if (type == interruption::nmi)
            vmcs::write(port, vmcs::guest_interruptibility,
                        vmcs::read(port, vmcs::guest_interruptibility) & ~blocking_by_nmi);
        if (waits())
            return type == interruption::external ? GaveWay::interrupt
                   : type == interruption::nmi    ? GaveWay::nmi
                                                  : GaveWay::nothing;
        information = vectoring & (interruption::valid | interruption::error_code_valid |
                                   interruption::type_mask | interruption::vector_mask);
        if ((vectoring & interruption::error_code_valid) != 0)
            error_code = vmcs::read(port, vmcs::idt_vectoring_error);
        if (type >= interruption::software_interrupt)
            instruction_length = vmcs::read(port, vmcs::exit_instruction_length);
        return GaveWay::nothing;
    }
    // Writes the fields for the next entry.
    void load(vmcs::Port auto& port)
    {
        // Exceptions push no error code in real mode, and VM entry refuses one there.
        if ((information & interruption::error_code_valid) != 0 &&
            (vmcs::read(port, vmcs::guest_cr0) & cr0::pe) == 0)
            information &= ~interruption::error_code_valid;
        if ((information & interruption::error_code_valid) != 0)
            vmcs::write(port, vmcs::entry_error_code, error_code);
        if ((information & interruption::type_mask) >= interruption::software_interrupt)
            vmcs::write(port, vmcs::entry_instruction_length, instruction_length);
        vmcs::write(port, vmcs::entry_interruption, information);
        information = 0;
    }
};

} // namespace lintel
