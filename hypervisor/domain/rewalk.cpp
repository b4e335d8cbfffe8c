// SPDX-License-Identifier: Apache-2.0
#include "domain/rewalk.hpp"

#include "cpu/log.hpp"
#include "domain/pinning.hpp"

namespace lintel {

namespace {

[[gnu::cold]] void tell(Domain& domain, const seal::Rewalk::Findings& found)
{
    Sealed& sealed = *domain.sealed;
    const Guard guard{sealed.reports_lock};
    if (!sealed.reports.worth_a_line(found.address))
        return;
    const auto storer = sealed.stores.last_to(Gfn::of(found.address));
    log(LogLevel::error,
        "domain {}: no command stores {:x}, which stands at guest-physical {:x}: last store there by rip {:x}",
        domain.id.number, found.raw, found.address, storer ? *storer : 0);
}

} // namespace

void rewalk(Vcpu& vcpu, std::uint64_t address)
{
    rewalk(vcpu, &address, 1);
}

void rewalk(Vcpu& vcpu, const volatile std::uint64_t* words, unsigned slots)
{
    Domain& domain = *vcpu.domain;
    SealedMemory memory{vcpu};
    const auto found = domain.sealed->rewalk.look(domain.sealed->tables, memory, window_entry(domain),
                                                  [=](unsigned i) { return words[2 * i]; }, slots);
    vcpu.stats().wrong_entries += found.count;
    if (found.count != 0)
        tell(domain, found);
}

} // namespace lintel
