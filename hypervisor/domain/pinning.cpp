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
           vcpu.domain->sealed->tables.record.at(Gfn::of(cr3)) == seal::FrameKind::root;
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

namespace {

void pin_or_end(Vcpu& vcpu, MachinePort& port)
{
    pin_vcpu(vcpu, port); // first: it gets bits of CR4
    if (fits_seal(vcpu, port))
        return;
    log(LogLevel::error, "domain {} vCPU {}: not fit for the seal: cr0 {:x} cr3 {:x} cr4 {:x} efer {:x}",
        vcpu.domain->id.number, vcpu.index, vmcs::read(port, vmcs::guest_cr0),
        vmcs::read(port, vmcs::guest_cr3), vmcs::read(port, vmcs::guest_cr4),
        vmcs::read(port, vmcs::guest_efer));
    vcpu.domain->crash("a vCPU that is not fit for the seal");
}

} // namespace

void follow_seal(Vcpu& vcpu, MachinePort& port)
{
    const Sealed& sealed = *vcpu.domain->sealed;
    if (!sealed.is_sealed())
        return;
    if (!vcpu.pinned)
        pin_or_end(vcpu, port);
    if (vcpu.roots_round != __atomic_load_n(&sealed.roots_round, __ATOMIC_SEQ_CST))
        forget_roots(vcpu, port);
}

void forget_roots(Vcpu& vcpu, MachinePort& port)
{
    Sealed& sealed = *vcpu.domain->sealed;
    const std::uint32_t round = __atomic_load_n(&sealed.roots_round, __ATOMIC_SEQ_CST);
    const Gfn now = Gfn::of(vmcs::read(port, vmcs::guest_cr3));
    {
        const Guard guard{sealed.tables.lock};
        const auto gone = [&](Gfn root) {
            return sealed.tables.record.at(root) != seal::FrameKind::root;
        };
        if (gone(now))
            set_note(sealed.root_in_use);
        else
            vcpu.roots.drop(port, now, gone);
    }
    __atomic_store_n(&vcpu.roots_round, round, __ATOMIC_SEQ_CST);
}

void note_root(Vcpu& vcpu, MachinePort& port)
{
    if (vcpu.pinned)
        vcpu.left_with = Gfn::of(vmcs::read(port, vmcs::guest_cr3));
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
