// SPDX-License-Identifier: Apache-2.0
// The rules are seal/'s; contract: docs/abi/sealed.md.
#include "exit/sealed_exit.hpp"

#include "cpu/log.hpp"
#include "domain/pinning.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

void handle_root_load(Vcpu& vcpu, vmcs::MachinePort& port, std::uint64_t value)
{
    seal::Tables& tables = vcpu.domain->sealed->tables;
    const auto load = [&] {
        const Guard guard{tables.lock}; // a root that is being withdrawn is none any more
        if (value % page_size != 0 || tables.record.at(Gfn::of(value)) != seal::FrameKind::root)
            return false;
        use_root(vcpu, port, Gfn::of(value));
        return true;
    };
    if (load())
        return skip_instruction(port);
    ++vcpu.stats().pt_refused;
    log(LogLevel::debug, "domain {}: {:x} is no root, rip {:x}", vcpu.domain->id.number, value,
        vmcs::read(port, vmcs::guest_rip));
    vcpu.injection.raise(Exception::gp);
}

bool handle_protected_store(Vcpu& vcpu, vmcs::MachinePort& port, Gfn gfn,
                            std::uint64_t qualification)
{
    constexpr std::uint64_t is_write = 1u << 1, linear_is_valid = 1u << 7, is_access = 1u << 8;
    Domain& domain = *vcpu.domain;
    if (domain.sealed == nullptr || (qualification & is_write) == 0 ||
        domain.sealed->sealing.phase_now() == seal::Phase::open)
        return false;
    const seal::FrameKind kind = domain.sealed->tables.record.kept(gfn);
    if (seal::access_for(kind) == ept::Access::rwx)
        return false;
    const bool linear = (qualification & linear_is_valid) != 0;
    log(LogLevel::error, "domain {} vCPU {}: {} to {}: rip {:x} linear {:x} guest-physical {:x}",
        domain.id.number, vcpu.index,
        linear && (qualification & is_access) == 0 ? "a page walk's store" : "a store",
        kind == seal::FrameKind::text ? "sealed text" : "a sealed page table",
        vmcs::read(port, vmcs::guest_rip), linear ? vmcs::read(port, vmcs::guest_linear_address) : 0,
        vmcs::read(port, vmcs::guest_physical_address));
    domain.crash(kind == seal::FrameKind::text ? "a store to sealed text"
                                               : "a store to a sealed page table");
    return true;
}

} // namespace lintel
