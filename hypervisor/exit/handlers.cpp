// SPDX-License-Identifier: Apache-2.0
// One function per exit reason, and the switch over them.
#include "exit/handlers.hpp"

#include "cpu/apic.hpp"
#include "cpu/clock.hpp"
#include "cpu/console.hpp"
#include "cpu/idt.hpp"
#include "cpu/log.hpp"
#include "cpu/panic.hpp"
#include "cpu/this_cpu.hpp"
#include "exit/control_register.hpp"
#include "exit/cpuid.hpp"
#include "exit/ept_violation.hpp"
#include "exit/exception.hpp"
#include "exit/msr.hpp"
#include "exit/port_io.hpp"
#include "exit/xsave_size.hpp"
#include "exit/xsetbv.hpp"
#include "hypercall/dispatch.hpp"
#include "hypercall/vcpu_caller.hpp"
#include "sched/time.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

namespace {

using vmcs::MachinePort;

// EDX:EAX, as RDMSR, WRMSR and XSETBV use it.
std::uint64_t edx_eax(const GuestRegisters& r)
{
    return r.rdx << 32 | (r.rax & 0xffff'ffff);
}

std::uint32_t guest_xsave_size()
{
    if ((read_cr4() & cr4::osxsave) == 0) // the processor has no XSAVE
        return 0;
    return compacted_xsave_size(read_xcr0(), [](unsigned i) { return cpuid(0xd, i); });
}

void handle_cpuid(Vcpu& vcpu, MachinePort& port)
{
    GuestRegisters& r = vcpu.registers;
    const auto leaf = static_cast<std::uint32_t>(r.rax),
               subleaf = static_cast<std::uint32_t>(r.rcx);
    const CpuidView view{
        .vcpu = vcpu.index,
        .vcpus = vcpu.domain->shared.info->vcpus,
        .tsc_khz = machine_clock().khz,
        .info_address = vcpu.domain->info_address,
        .osxsave = (vmcs::read(port, vmcs::guest_cr4) & cr4::osxsave) != 0,
        .compacted_xsave_size = leaf == 0xd && subleaf == 1 ? guest_xsave_size() : 0,
    };
    const CpuidLeaf out = guest_cpuid(leaf, subleaf, cpuid(leaf, subleaf), view);
    r.rax = out.eax;
    r.rbx = out.ebx;
    r.rcx = out.ecx;
    r.rdx = out.edx;
    skip_instruction(port);
}

void handle_msr_read(Vcpu& vcpu, MachinePort& port)
{
    GuestRegisters& r = vcpu.registers;
    auto value = guest_read_msr(port, static_cast<Msr>(r.rcx));
    if (!value.ok()) {
        ++vcpu.stats().msr_refused;
        log(LogLevel::debug, "RDMSR {:x} refused", static_cast<std::uint32_t>(r.rcx));
        return vcpu.injection.raise(Exception::gp);
    }
    r.rax = value.value() & 0xffff'ffff;
    r.rdx = value.value() >> 32;
    skip_instruction(port);
}

void handle_msr_write(Vcpu& vcpu, MachinePort& port)
{
    GuestRegisters& r = vcpu.registers;
    if (!guest_write_msr(port, static_cast<Msr>(r.rcx), edx_eax(r)).ok()) {
        ++vcpu.stats().msr_refused;
        log(LogLevel::debug, "WRMSR {:x} refused", static_cast<std::uint32_t>(r.rcx));
        return vcpu.injection.raise(Exception::gp);
    }
    skip_instruction(port);
}

void handle_control_register_exit(Vcpu& vcpu, MachinePort& port)
{
    switch (handle_control_register(port, vcpu.registers, vcpu.cr8)) {
    case ControlRegisterOutcome::done:
        return skip_instruction(port);
    case ControlRegisterOutcome::fault:
        return vcpu.injection.raise(Exception::gp);
    case ControlRegisterOutcome::unsupported:
        return vcpu.domain->crash("paging outside of 64-bit mode is not supported");
    }
}

void handle_port_io(Vcpu& vcpu, MachinePort& port)
{
    ++vcpu.stats().ports_refused;
    if (!refuse_port_access(vmcs::read(port, vmcs::exit_qualification), vcpu.registers.rax).ok())
        return vcpu.injection.raise(Exception::gp);
    skip_instruction(port);
}

void handle_xsetbv(Vcpu& vcpu, MachinePort& port)
{
    const GuestRegisters& r = vcpu.registers;
    const CpuidLeaf supported = cpuid(0xd);
    const std::uint64_t mask = static_cast<std::uint64_t>(supported.edx) << 32 | supported.eax;
    if (privilege_level(port) != 0 ||
        !valid_xcr0(static_cast<std::uint32_t>(r.rcx), edx_eax(r), mask))
        return vcpu.injection.raise(Exception::gp);
    write_xcr0(edx_eax(r));
    skip_instruction(port);
}

void handle_vmcall(Vcpu& vcpu, MachinePort& port)
{
    GuestRegisters& r = vcpu.registers;
    skip_instruction(port); // first: the call may end the domain or be answered by an upcall
    if (privilege_level(port) != 0 || !in_64_bit_code(port)) {
        r.rax = static_cast<std::uint64_t>(std::int64_t{LINTEL_EPERM});
        return;
    }
    if (r.rax < LINTEL_HC_NUMBERS)
        ++vcpu.stats().hypercalls[r.rax];
    VcpuCaller caller{vcpu};
    r.rax = static_cast<std::uint64_t>(
        dispatch_hypercall(caller, r.rax, HypercallArguments{r.rdi, r.rsi, r.rdx, r.r10, r.r8}));
}

void handle_hlt(Vcpu& vcpu, MachinePort& port)
{
    skip_instruction(port);
    vcpu.halted = true;
}

void handle_exception(Vcpu& vcpu, MachinePort& port)
{
    const std::uint32_t information = vmcs::read(port, vmcs::exit_interruption);
    if ((information & interruption::type_mask) == interruption::nmi) {
        ++this_cpu().nmis;
        unblock_nmi();
        return;
    }
    switch (information & interruption::vector_mask) {
    case vector_debug:
        return write_dr6(reflect_debug(port, vcpu.injection, read_dr6()));
    case vector_alignment:
        return vcpu.injection.raise(Exception::ac);
    case vector_machine_check:
        panic("machine check");
    default:
        panic("an exception exited that was not asked for");
    }
}

void handle_interrupt_exit(Vcpu& vcpu, MachinePort& port)
{
    const std::uint32_t information = vmcs::read(port, vmcs::exit_interruption);
    handle_physical_interrupt(vcpu, information & interruption::vector_mask);
}

void handle_ept_violation(Vcpu& vcpu, MachinePort& port)
{
    const std::uint64_t address = vmcs::read(port, vmcs::guest_physical_address);
    if (map_device_memory(*vcpu.domain, Gfn::of(address)))
        return;
    log(LogLevel::error, "domain {}: access to guest-physical {:x}, qualification {:x}",
        vcpu.domain->id.number, address, vmcs::read(port, vmcs::exit_qualification));
    vcpu.domain->crash("access to guest-physical memory it does not have");
}

// Counted under `which`, then done.
template <typename Handler>
void counted(Vcpu& vcpu, lintel_exit_class which, Handler handler)
{
    ++vcpu.stats().exits[which];
    handler();
}

} // namespace

void handle_physical_interrupt(Vcpu& vcpu, std::uint8_t vector)
{
    if (vector == apic::spurious_vector)
        return;
    apic::end_of_interrupt();
    switch (vector) {
    case apic::timer_vector:
        sched::timer_interrupt(vcpu);
        break;
    case apic::console_vector:
        if (console_receive())
            vcpu.domain->events.raise_virq(LINTEL_VIRQ_CONSOLE, 0);
        break;
    default:
        log(LogLevel::warning, "unexpected interrupt {:x}", vector);
    }
    log_drain(); // a guest that never idles must not keep the log back
}

void handle_exit(Vcpu& vcpu, MachinePort& port)
{
    const std::uint32_t reason = vmcs::read(port, vmcs::exit_reason);
    if ((reason & entry_failed) != 0) {
        log(LogLevel::error, "domain {}: VM entry failed, reason {}, qualification {:x}",
            vcpu.domain->id.number, reason & 0xffff, vmcs::read(port, vmcs::exit_qualification));
        return vcpu.domain->crash("a register state that no processor accepts");
    }
    vcpu.launched = true;

    switch (static_cast<ExitReason>(reason & 0xffff)) {
    case ExitReason::vmcall:
        counted(vcpu, LINTEL_EXIT_HYPERCALL, [&] { handle_vmcall(vcpu, port); });
        break;
    case ExitReason::external_interrupt:
        counted(vcpu, LINTEL_EXIT_INTERRUPT, [&] { handle_interrupt_exit(vcpu, port); });
        break;
    case ExitReason::interrupt_window: // deliver_upcall sees to it
        counted(vcpu, LINTEL_EXIT_INTERRUPT_WINDOW, [] {});
        break;
    case ExitReason::hlt:
        counted(vcpu, LINTEL_EXIT_HLT, [&] { handle_hlt(vcpu, port); });
        break;
    case ExitReason::cpuid:
        counted(vcpu, LINTEL_EXIT_CPUID, [&] { handle_cpuid(vcpu, port); });
        break;
    case ExitReason::msr_read:
        counted(vcpu, LINTEL_EXIT_MSR_READ, [&] { handle_msr_read(vcpu, port); });
        break;
    case ExitReason::msr_write:
        counted(vcpu, LINTEL_EXIT_MSR_WRITE, [&] { handle_msr_write(vcpu, port); });
        break;
    case ExitReason::control_register:
        counted(vcpu, LINTEL_EXIT_CONTROL_REGISTER,
                [&] { handle_control_register_exit(vcpu, port); });
        break;
    case ExitReason::port_io:
        counted(vcpu, LINTEL_EXIT_PORT_IO, [&] { handle_port_io(vcpu, port); });
        break;
    case ExitReason::ept_violation:
        counted(vcpu, LINTEL_EXIT_EPT_VIOLATION, [&] { handle_ept_violation(vcpu, port); });
        break;
    case ExitReason::exception_or_nmi:
        counted(vcpu, LINTEL_EXIT_EXCEPTION, [&] { handle_exception(vcpu, port); });
        break;
    case ExitReason::xsetbv:
        counted(vcpu, LINTEL_EXIT_XSETBV, [&] { handle_xsetbv(vcpu, port); });
        break;
    default:
        counted(vcpu, LINTEL_EXIT_OTHER,
                [&] { handle_rare_exit(vcpu, static_cast<ExitReason>(reason & 0xffff)); });
        break;
    }
    if (!vcpu.injection.resume_interrupted(port))
        vcpu.upcall_due = true;
}

} // namespace lintel
