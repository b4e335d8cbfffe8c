// SPDX-License-Identifier: Apache-2.0
// The rules are seal/'s; contract: docs/abi/sealed.md.
#include "exit/sealed_exit.hpp"

#include "cpu/log.hpp"
#include "domain/pinning.hpp"
#include "domain/rewalk.hpp"
#include "domain/shootdown.hpp"
#include "exit/handlers.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

using vmcs::MachinePort;

void handle_root_load(Vcpu& vcpu, MachinePort& port, std::uint64_t value)
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

namespace {

struct Store {
    Gfn page;
    seal::FrameKind kind;
    std::uint64_t qualification;
};

void report(const Vcpu& vcpu, MachinePort& port, const Store& store)
{
    constexpr std::uint64_t linear_is_valid = 1u << 7, is_access = 1u << 8;
    const bool linear = (store.qualification & linear_is_valid) != 0;
    log(LogLevel::error, "domain {} vCPU {}: {} to {}: rip {:x} linear {:x} guest-physical {:x}",
        vcpu.domain->id.number, vcpu.index,
        linear && (store.qualification & is_access) == 0 ? "a page walk's store" : "a store",
        store.kind == seal::FrameKind::text ? "sealed text" : "a sealed page table",
        vmcs::read(port, vmcs::guest_rip), linear ? vmcs::read(port, vmcs::guest_linear_address) : 0,
        vmcs::read(port, vmcs::guest_physical_address));
}

Result<> set_access_of(Domain& domain, Gfn page, ept::Access access)
{
    const Guard guard{domain.map_lock};
    return seal::set_access(domain, {page, 1}, access);
}

// What a store may have gone to is protected again.
void protect_again(Domain& domain, Gfn page)
{
    const auto access = seal::access_for(domain.sealed->tables.record.kept(page));
    set_access_of(domain, page, access).take(); // its entry is a small one by now
    shoot_down(domain);
}

// Check mode: the instruction is executed once more, by itself, and may store. #DB exits anyway; the monitor
// trap flag would be hidden from the guest, but the emulated machine announces it and does not raise it.
void let_through(Vcpu& vcpu, MachinePort& port, const Store& store)
{
    Domain& domain = *vcpu.domain;
    ++vcpu.stats().protected_stores;
    {
        const Guard guard{domain.sealed->reports_lock};
        const std::uint64_t rip = vmcs::read(port, vmcs::guest_rip);
        domain.sealed->stores.note(store.page, rip);
        if (domain.sealed->reports.worth_a_line(rip))
            report(vcpu, port, store);
    }
    const std::uint64_t flags = vmcs::read(port, vmcs::guest_rflags);
    if (!vcpu.stepping[0])
        vcpu.steps_itself = (flags & rflags::tf) != 0;
    // A third page: the instruction faulted, and the handler stores elsewhere. It comes again.
    if (vcpu.stepping[1])
        protect_again(domain, Gfn::of(*vcpu.stepping[1]));
    vcpu.stepping = {vmcs::read(port, vmcs::guest_physical_address), vcpu.stepping[0]};
    if (!set_access_of(domain, store.page, ept::Access::rwx).ok())
        return domain.crash("no memory to let a store to a sealed page through");
    vmcs::write(port, vmcs::guest_rflags, flags | rflags::tf);
    vmcs::write(port, vmcs::guest_interruptibility, // with a shadow a #DB would have to be pending
                vmcs::read(port, vmcs::guest_interruptibility) & ~blocking_by_sti_or_mov_ss);
    // The instruction has not ended, whatever the emulated machine says of one that faults under
    // TF.
    vmcs::write(port, vmcs::guest_pending_debug,
                vmcs::read(port, vmcs::guest_pending_debug) & ~pending_single_step);
}

} // namespace

bool handle_protected_store(Vcpu& vcpu, MachinePort& port, Gfn gfn, std::uint64_t qualification)
{
    constexpr std::uint64_t is_write = 1u << 1;
    Domain& domain = *vcpu.domain;
    if (domain.sealed == nullptr || (qualification & is_write) == 0 ||
        domain.sealed->sealing.phase_now() == seal::Phase::open)
        return false;
    const Store store{gfn, domain.sealed->tables.record.kept(gfn), qualification};
    if (seal::access_for(store.kind) == ept::Access::rwx)
        return false;
    if (domain.sealed->checks()) {
        let_through(vcpu, port, store);
        return true;
    }
    report(vcpu, port, store);
    domain.crash(store.kind == seal::FrameKind::text ? "a store to sealed text"
                                                     : "a store to a sealed page table");
    return true;
}

bool end_step(Vcpu& vcpu, MachinePort& port)
{
    if (!vcpu.stepping[0])
        return false;
    for (std::optional<std::uint64_t>& address : vcpu.stepping)
        if (address) {
            protect_again(*vcpu.domain, Gfn::of(*address));
            rewalk(vcpu, *address);
            address.reset();
        }
    if (vcpu.steps_itself)
        return false;
    vmcs::write(port, vmcs::guest_rflags, vmcs::read(port, vmcs::guest_rflags) & ~rflags::tf);
    return true;
}

} // namespace lintel
