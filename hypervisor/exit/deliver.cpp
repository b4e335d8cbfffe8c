// SPDX-License-Identifier: Apache-2.0
// Event delivery at VM entry.
#include "exit/deliver.hpp"

#include "vmx/controls.hpp"
#include "vmx/instruction.hpp"
#include "vmx/machine.hpp"

namespace lintel {

namespace {

using vmcs::MachinePort;

bool in_shadow(MachinePort& port)
{
    return (vmcs::read(port, vmcs::guest_interruptibility) & blocking_by_sti_or_mov_ss) != 0 ||
           debug_exception_pends(port); // it goes first, and would be lost under an injection
}

bool accepts_interrupts(MachinePort& port)
{
    return (vmcs::read(port, vmcs::guest_rflags) & rflags::interrupts) != 0 && !in_shadow(port);
}

bool handles_nmi(MachinePort& port)
{
    return (vmcs::read(port, vmcs::guest_interruptibility) & blocking_by_nmi) != 0;
}

// In the shadow of STI a processor may open the NMI window at once, again and again; interrupts are
// on there, so their window opens after the one instruction. Intel SDM Vol. 3, "NMI-Window
// Exiting".
std::uint32_t window_for_nmi(MachinePort& port)
{
    constexpr std::uint32_t blocking_by_sti = 1u << 0;
    return (vmcs::read(port, vmcs::guest_interruptibility) & blocking_by_sti) != 0
               ? primary::interrupt_window
               : primary::nmi_window;
}

void want_windows(Vcpu& vcpu, MachinePort& port, std::uint32_t wanted)
{
    if (vcpu.windows_wanted == wanted)
        return;
    vcpu.windows_wanted = wanted;
    const std::uint32_t controls = vmcs::read(port, vmcs::primary_controls);
    vmcs::write(port, vmcs::primary_controls, (controls & ~primary::when_useful) | wanted);
}

// The NMI, then the upcall. What cannot go now waits for its window.
std::uint32_t inject_notes(Vcpu& vcpu, MachinePort& port)
{
    std::uint32_t windows = 0;
    if (has_note(vcpu.nmi_due)) {
        if (vcpu.injection.waits() || in_shadow(port) || handles_nmi(port)) {
            windows |= window_for_nmi(port);
        } else {
            take_note(vcpu.nmi_due);
            vcpu.injection.nmi();
        }
    }
    if (vcpu.upcall_vector != 0 && has_note(vcpu.upcall_due)) {
        if (vcpu.injection.waits() || !accepts_interrupts(port)) {
            windows |= primary::interrupt_window;
        } else {
            take_note(vcpu.upcall_due);
            vcpu.injection.external_interrupt(vcpu.upcall_vector);
            ++vcpu.stats().upcalls;
        }
    }
    return windows;
}

} // namespace

void deliver(Vcpu& vcpu, MachinePort& port)
{
    want_windows(vcpu, port, inject_notes(vcpu, port));
    if (vcpu.injection.waits())
        vcpu.injection.load(port);
}

void prepare_to_block(Vcpu& vcpu, MachinePort& port)
{
    vcpu.wakes_on_upcall =
        vcpu.upcall_vector != 0 && (vmcs::read(port, vmcs::guest_rflags) & rflags::interrupts) != 0;
    vcpu.wakes_on_nmi = !handles_nmi(port);
    vcpu.wakes_on_kick = vcpu.leave == Leave::wait;
}

void end_block(Vcpu& vcpu)
{
    if (!vcpu.wakes_on_kick)
        return;
    vcpu.wakes_on_kick = false;
    take_note(vcpu.kicked);
}

void want_pause_exits(Vcpu& vcpu, MachinePort& port, bool wanted)
{
    if (vcpu.pause_exits == wanted || !machine_vmx().pause_loop)
        return;
    vcpu.pause_exits = wanted;
    const std::uint32_t controls = vmcs::read(port, vmcs::secondary_controls);
    vmcs::write(port, vmcs::secondary_controls,
                wanted ? controls | secondary::pause_loop : controls & ~secondary::pause_loop);
}

} // namespace lintel
