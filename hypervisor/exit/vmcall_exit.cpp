// SPDX-License-Identifier: Apache-2.0
// VMCALL: hypercalls, from ring 0 and 64-bit code only. Contract: docs/abi/hypercalls.md.
#include "exit/handlers.hpp"

#include "hypercall/dispatch.hpp"
#include "hypercall/vcpu_caller.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

void handle_vmcall(Vcpu& vcpu, vmcs::MachinePort& port)
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

} // namespace lintel
