// SPDX-License-Identifier: Apache-2.0
// The loop around VM entry, and idling while the guest waits in HLT.
#include "exit/run_loop.hpp"

#include "cpu/idt.hpp"
#include "cpu/log.hpp"
#include "cpu/panic.hpp"
#include "exit/dispatch.hpp"
#include "vmx/controls.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

namespace {

using vmcs::MachinePort;

bool accepts_interrupts(MachinePort& port)
{
    return (vmcs::read(port, vmcs::guest_rflags) & rflags::interrupts) != 0 &&
           (vmcs::read(port, vmcs::guest_interruptibility) & blocking_by_sti_or_mov_ss) == 0 &&
           !debug_exception_pends(port); // it goes first, and would be lost under an injection
}

void want_interrupt_window(Vcpu& vcpu, MachinePort& port, bool wanted)
{
    if (vcpu.window_open_wanted == wanted)
        return;
    vcpu.window_open_wanted = wanted;
    const std::uint32_t controls = vmcs::read(port, vmcs::primary_controls);
    vmcs::write(port, vmcs::primary_controls,
                wanted ? controls | primary::interrupt_window
                       : controls & ~primary::interrupt_window);
}

// An upcall is injected when the guest can take it; otherwise the CPU tells us when it can.
void deliver_upcall(Vcpu& vcpu, MachinePort& port)
{
    const bool due = vcpu.upcall_due && vcpu.upcall_vector != 0;
    const bool now = due && !vcpu.injection.waits() && accepts_interrupts(port);
    if (now) {
        vcpu.injection.external_interrupt(vcpu.upcall_vector);
        vcpu.upcall_due = false;
        ++vcpu.stats().upcalls;
    }
    want_interrupt_window(vcpu, port, due && !now);
}

// Halted, and nothing that could be delivered: wait for an interrupt, and let slow outputs catch
// up.
void idle(Vcpu& vcpu, MachinePort& port)
{
    const bool wakes =
        vcpu.upcall_vector != 0 && (vmcs::read(port, vmcs::guest_rflags) & rflags::interrupts) != 0;
    while (!(vcpu.upcall_due && wakes)) {
        if (log_drain())
            take_interrupts();
        else
            wait_for_interrupt();
    }
    vcpu.halted = false;
}

} // namespace

void run(Vcpu& vcpu)
{
    MachinePort port;
    while (vcpu.domain->state == DomainState::running) {
        if (vcpu.halted)
            idle(vcpu, port);
        deliver_upcall(vcpu, port);
        if (vcpu.injection.waits())
            vcpu.injection.load(port);
        if (vmx_enter(&vcpu.registers, vcpu.launched)) {
            log(LogLevel::error, "VM entry refused, instruction error {}",
                vmcs::read(port, vmcs::instruction_error));
            panic("VM entry refused: a control or host field is wrong");
        }
        handle_exit(vcpu, port);
    }
}

} // namespace lintel
