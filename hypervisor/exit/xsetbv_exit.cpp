// SPDX-License-Identifier: Apache-2.0
// XSETBV: checked by exit/xsetbv.hpp, executed here.
#include "exit/handlers.hpp"

#include "cpu/cpuid.hpp"
#include "cpu/registers.hpp"
#include "exit/operands.hpp"
#include "exit/xsetbv.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

void handle_xsetbv(Vcpu& vcpu, vmcs::MachinePort& port)
{
    const GuestRegisters& r = vcpu.registers;
    const CpuidLeaf supported = cpuid(0xd);
    const std::uint64_t mask = static_cast<std::uint64_t>(supported.edx) << 32 | supported.eax;
    if (privilege_level(port) != 0 ||
        !valid_xcr0(static_cast<std::uint32_t>(r.rcx), edx_eax(r), mask))
        return vcpu.injection.raise(Exception::gp);
    write_xcr0(edx_eax(r));
    vcpu.cpuid_cache.forget();
    skip_instruction(port);
}

} // namespace lintel
