// SPDX-License-Identifier: Apache-2.0
// Device memory above 4 GiB is mapped when it is touched: where devices lie up there is theirs to
// say, and tables for all of it would cost more memory than the rest of the hypervisor.
#include "cpu/cpuid.hpp"
#include "cpu/log.hpp"
#include "exit/handlers.hpp"
#include "exit/sealed_exit.hpp"

namespace lintel {

namespace {

constexpr std::uint64_t frames_1g = 1ull << order_1g, first_above_4g = 4 * frames_1g;

// An EPT entry with an address beyond the processor's width would be a misconfiguration.
bool beyond_physical_width(Gfn gfn)
{
    const unsigned width = cpuid(0x8000'0008).eax & 0xff;
    return gfn.number >> (width - page_shift) != 0;
}

// Whether `gfn` is device memory that the domain may have and now has: in dom0, what no table of
// the machine calls RAM, 1:1 and uncacheable.
bool map_device_memory(Domain& domain, Gfn gfn)
{
    const Gfn first{gfn.number & ~(frames_1g - 1)};
    const Guard guard{domain.map_lock};
    if (!domain.privileged || gfn.number < first_above_4g || beyond_physical_width(gfn) ||
        first.number < frames().frames() || domain.map.lookup(gfn).access != ept::Access::none)
        return false;
    return domain.map
        .map({first, frames_1g}, Mfn{first.number}, ept::Access::rw, ept::MemoryType::uncacheable)
        .ok();
}

// Another CPU has mapped it meanwhile, or this one's translation was an old one: the access is tried
// again. Intel SDM Vol. 3, table "Exit Qualification for EPT Violations".
bool allowed_by_now(Domain& domain, Gfn gfn, std::uint64_t qualification)
{
    const std::uint64_t wanted = qualification & 7; // read, write, fetch: as in an entry
    const auto access = static_cast<std::uint64_t>(domain.map.lookup(gfn).access);
    return access != 0 && (wanted & ~access) == 0;
}

} // namespace

void handle_ept_violation(Vcpu& vcpu, vmcs::MachinePort& port)
{
    const std::uint64_t address = vmcs::read(port, vmcs::guest_physical_address);
    const std::uint64_t qualification = vmcs::read(port, vmcs::exit_qualification);
    Domain& domain = *vcpu.domain;
    if (allowed_by_now(domain, Gfn::of(address), qualification) ||
        map_device_memory(domain, Gfn::of(address)) ||
        handle_protected_store(vcpu, port, Gfn::of(address), qualification))
        return;
    log(LogLevel::error, "domain {}: access to guest-physical {:x}, qualification {:x}",
        domain.id.number, address, qualification);
    domain.crash("access to guest-physical memory it does not have");
}

} // namespace lintel
