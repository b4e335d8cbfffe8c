// SPDX-License-Identifier: Apache-2.0
// Pins a vCPU's state on its own CPU.
#include "domain/pinning.hpp"

#include "cpu/log.hpp"
#include "vmx/machine.hpp"

namespace lintel {

namespace {

using vmcs::MachinePort;

bool uses_root_of_record(const Vcpu& vcpu, MachinePort& port)
{
    const std::uint64_t cr3 = vmcs::read(port, vmcs::guest_cr3);
    return cr3 % page_size == 0 &&
           vcpu.domain->sealed->tables.record.kept(Gfn::of(cr3)) == seal::FrameKind::root;
}

} // namespace

bool fits_seal(const Vcpu& vcpu, MachinePort& port)
{
    return has_sealable_state(port) && uses_root_of_record(vcpu, port);
}

void pin_vcpu(Vcpu& vcpu, MachinePort& port)
{
    pin_state(port, vcpu.domain->sealed->cr4);
    vcpu.roots.reset(port, machine_vmx().cr3_targets);
    vcpu.roots.add(port, Gfn::of(vmcs::read(port, vmcs::guest_cr3)));
    vcpu.pinned = true;
}

void pin_if_sealed(Vcpu& vcpu, MachinePort& port)
{
    if (vcpu.pinned || !vcpu.domain->sealed->is_sealed())
        return;
    pin_vcpu(vcpu, port); // first: it gets bits of CR4
    if (fits_seal(vcpu, port))
        return;
    log(LogLevel::error, "domain {} vCPU {}: not fit for the seal: cr0 {:x} cr3 {:x} cr4 {:x} efer {:x}",
        vcpu.domain->id.number, vcpu.index, vmcs::read(port, vmcs::guest_cr0),
        vmcs::read(port, vmcs::guest_cr3), vmcs::read(port, vmcs::guest_cr4),
        vmcs::read(port, vmcs::guest_efer));
    vcpu.domain->crash("a vCPU that is not fit for the seal");
}

void use_root(Vcpu& vcpu, MachinePort& port, Gfn root)
{
    vmcs::write(port, vmcs::guest_cr3, root.address());
    if (machine_vmx().invvpid_keeps_globals)
        vmcs::invvpid_but_globals(vcpu.vpid);
    else
        vmcs::invept(vmcs::read(port, vmcs::ept_pointer_field));
    vcpu.roots.add(port, root);
    ++vcpu.stats().roots_loaded;
}

} // namespace lintel
