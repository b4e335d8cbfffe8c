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
    vcpu.halted = !debug_exception_pends(port);
}

// The guest can take its upcall now; the run loop sees to it before the next entry.
void handle_interrupt_window(Vcpu&, MachinePort&) {}

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
};

constexpr auto handlers = [] {
    std::array<Handler, 80> table; // the last ones, and all that come after, are rare
    const auto set = [&](ExitReason reason, lintel_exit_class counted_as,
                         void (*handle)(Vcpu&, MachinePort&)) {
        table[static_cast<std::size_t>(reason)] = {handle, counted_as};
    };
    set(ExitReason::exception_or_nmi, LINTEL_EXIT_EXCEPTION, handle_exception);
    set(ExitReason::external_interrupt, LINTEL_EXIT_INTERRUPT, handle_interrupt_exit);
    set(ExitReason::interrupt_window, LINTEL_EXIT_INTERRUPT_WINDOW, handle_interrupt_window);
    set(ExitReason::cpuid, LINTEL_EXIT_CPUID, handle_cpuid);
    set(ExitReason::hlt, LINTEL_EXIT_HLT, handle_hlt);
    set(ExitReason::vmcall, LINTEL_EXIT_HYPERCALL, handle_vmcall);
    set(ExitReason::control_register, LINTEL_EXIT_CONTROL_REGISTER, handle_control_register_exit);
    set(ExitReason::port_io, LINTEL_EXIT_PORT_IO, handle_port_io);
    set(ExitReason::msr_read, LINTEL_EXIT_MSR_READ, handle_msr_read);
    set(ExitReason::msr_write, LINTEL_EXIT_MSR_WRITE, handle_msr_write);
    set(ExitReason::ept_violation, LINTEL_EXIT_EPT_VIOLATION, handle_ept_violation);
    set(ExitReason::xsetbv, LINTEL_EXIT_XSETBV, handle_xsetbv);
    return table;
}();

} // namespace

void handle_exit(Vcpu& vcpu, MachinePort& port)
{
    const std::uint32_t reason = vmcs::read(port, vmcs::exit_reason);
    if ((reason & entry_failed) != 0) {
        if (static_cast<ExitReason>(reason & 0xffff) == ExitReason::entry_failure_machine_check)
            panic("machine check during VM entry");
        log(LogLevel::error, "domain {}: VM entry failed, reason {}, qualification {:x}",
            vcpu.domain->id.number, reason & 0xffff, vmcs::read(port, vmcs::exit_qualification));
        return vcpu.domain->crash("a register state that no processor accepts");
    }
    vcpu.launched = true;

    const std::uint32_t basic = reason & 0xffff;
    const Handler& handler = handlers[basic < handlers.size() ? basic : handlers.size() - 1];
    ++vcpu.stats().exits[is_nmi(basic, port) ? LINTEL_EXIT_NMI : handler.counted_as];
    handler.handle(vcpu, port);
    if (!vcpu.injection.resume_interrupted(port))
        vcpu.upcall_due = true;
}

} // namespace lintel
