// SPDX-License-Identifier: Apache-2.0
// The table of exit handlers.
#include "exit/dispatch.hpp"

#include <array>

#include "cpu/log.hpp"
#include "cpu/panic.hpp"
#include "exit/handlers.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

namespace {

using vmcs::MachinePort;

void handle_hlt(Vcpu& vcpu, MachinePort& port)
{
    skip_instruction(port);
    if (!debug_exception_pends(port))
        vcpu.leave = Leave::block;
}

// The guest can take its upcall or its NMI now; exit/deliver.cpp sees to it before the next entry.
void handle_window(Vcpu&, MachinePort&) {}

// The run loop lets interrupts in: cpu/quirks.hpp.
void handle_preemption_timer(Vcpu&, MachinePort&) {}

// It spins for somebody who may be waiting for this very CPU.
void handle_pause(Vcpu& vcpu, MachinePort& port)
{
    skip_instruction(port);
    vcpu.leave = Leave::yield;
}

// One basic reason covers exceptions and NMIs.
bool is_nmi(std::uint32_t basic_reason, MachinePort& port)
{
    return basic_reason == static_cast<std::uint32_t>(ExitReason::exception_or_nmi) &&
           (vmcs::read(port, vmcs::exit_interruption) & interruption::type_mask) ==
               interruption::nmi;
}

struct Handler {
    void (*handle)(Vcpu&, MachinePort&) = handle_rare_exit;
    lintel_exit_class counted_as = LINTEL_EXIT_OTHER;
    // In place of an instruction or before one: it interrupts no delivery of an event. It says what it
    // leaves to do, by the vCPU's `injection` or `leave` or by look_again().
    bool plain = false;
};
constexpr bool plain_exit = true;

constexpr auto handlers = [] {
    std::array<Handler, 80> table; // the last ones, and all that come after, are rare
    const auto set = [&](ExitReason reason, lintel_exit_class counted_as,
                         void (*handle)(Vcpu&, MachinePort&), bool plain = false) {
        table[static_cast<std::size_t>(reason)] = {handle, counted_as, plain};
    };
    set(ExitReason::exception_or_nmi, LINTEL_EXIT_EXCEPTION, handle_exception);
    set(ExitReason::external_interrupt, LINTEL_EXIT_INTERRUPT, handle_interrupt_exit);
    set(ExitReason::interrupt_window, LINTEL_EXIT_INTERRUPT_WINDOW, handle_window);
    set(ExitReason::nmi_window, LINTEL_EXIT_INTERRUPT_WINDOW, handle_window);
    set(ExitReason::preemption_timer, LINTEL_EXIT_OTHER, handle_preemption_timer, plain_exit);
    set(ExitReason::pause, LINTEL_EXIT_PAUSE, handle_pause);
    set(ExitReason::cpuid, LINTEL_EXIT_CPUID, handle_cpuid, plain_exit);
    set(ExitReason::hlt, LINTEL_EXIT_HLT, handle_hlt);
    set(ExitReason::vmcall, LINTEL_EXIT_HYPERCALL, handle_vmcall, plain_exit);
    set(ExitReason::control_register, LINTEL_EXIT_CONTROL_REGISTER, handle_control_register_exit);
    set(ExitReason::port_io, LINTEL_EXIT_PORT_IO, handle_port_io);
    set(ExitReason::msr_read, LINTEL_EXIT_MSR_READ, handle_msr_read, plain_exit);
    set(ExitReason::msr_write, LINTEL_EXIT_MSR_WRITE, handle_msr_write);
    set(ExitReason::ept_violation, LINTEL_EXIT_EPT_VIOLATION, handle_ept_violation);
    set(ExitReason::xsetbv, LINTEL_EXIT_XSETBV, handle_xsetbv);
    return table;
}();

// An IRET ended the blocking of NMIs and then faulted: it is executed again, so they are blocked
// again. Intel SDM Vol. 3, "Information About NMI Unblocking Due to IRET".
void restore_nmi_blocking(std::uint32_t basic_reason, MachinePort& port)
{
    constexpr std::uint64_t unblocked_by_iret = 1u << 12;
    std::uint64_t information = 0;
    if (basic_reason == static_cast<std::uint32_t>(ExitReason::ept_violation))
        information = vmcs::read(port, vmcs::exit_qualification);
    else if (basic_reason == static_cast<std::uint32_t>(ExitReason::exception_or_nmi))
        information = vmcs::read(port, vmcs::exit_interruption);
    if ((information & unblocked_by_iret) != 0 &&
        (vmcs::read(port, vmcs::idt_vectoring) & interruption::valid) == 0)
        vmcs::write(port, vmcs::guest_interruptibility,
                    vmcs::read(port, vmcs::guest_interruptibility) | blocking_by_nmi);
}

[[gnu::cold]] [[gnu::noinline]] void entry_failed_in(Vcpu& vcpu, std::uint32_t reason,
                                                     MachinePort& port)
{
    if (static_cast<ExitReason>(reason & 0xffff) == ExitReason::entry_failure_machine_check)
        panic("machine check during VM entry");
    log(LogLevel::error, "domain {}: VM entry failed, reason {}, qualification {:x}",
        vcpu.domain->id.number, reason & 0xffff, vmcs::read(port, vmcs::exit_qualification));
    vcpu.domain->crash("a register state that no processor accepts");
}

// Intel SDM Vol. 3, "Information for VM Exits That Occur During Event Delivery".
void handle_with_events(const Handler& handler, std::uint32_t basic_reason, Vcpu& vcpu,
                        MachinePort& port)
{
    ++vcpu.stats().exits[is_nmi(basic_reason, port) ? LINTEL_EXIT_NMI : handler.counted_as];
    restore_nmi_blocking(basic_reason, port);
    handler.handle(vcpu, port);
    switch (vcpu.injection.resume_interrupted(port)) {
    case GaveWay::nothing:
        break;
    case GaveWay::interrupt:
        return set_note(vcpu.upcall_due);
    case GaveWay::nmi:
        return set_note(vcpu.nmi_due);
    }
}

} // namespace

AfterExit handle_exit(Vcpu& vcpu, MachinePort& port)
{
    const std::uint32_t reason = vmcs::read(port, vmcs::exit_reason);
    if ((reason & entry_failed) != 0) {
        entry_failed_in(vcpu, reason, port);
        return AfterExit::look;
    }
    vcpu.launched = true;

    const std::uint32_t basic = reason & 0xffff;
    const Handler& handler = handlers[basic < handlers.size() ? basic : handlers.size() - 1];
    if (!handler.plain) {
        handle_with_events(handler, basic, vcpu, port);
        return AfterExit::look;
    }
    ++vcpu.stats().exits[handler.counted_as];
    handler.handle(vcpu, port);
    return vcpu.injection.waits() || vcpu.leave != Leave::no ? AfterExit::look : AfterExit::enter;
}

} // namespace lintel
