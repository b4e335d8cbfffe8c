// SPDX-License-Identifier: Apache-2.0
// Changes of the table of domains, under its lock.
#include "domain/domain_life.hpp"

#include "domain/grace_period.hpp"

namespace lintel {

namespace {

SpinLock table_lock;

} // namespace

Result<NewDomainId> NewDomainId::reserve()
{
    const Guard guard{table_lock};
    return NewDomainId{TRY(domains().reserve())};
}

NewDomainId::~NewDomainId()
{
    if (id_ != DomainId{})
        forget(id_);
}

void NewDomainId::give_to(Domain& domain) &&
{
    assert(domain.id == id_);
    id_ = {};
    const Guard guard{table_lock};
    domains().put(domain);
}

void begin_death(Domain& domain)
{
    {
        const Guard guard{table_lock};
        domains().retire(domain);
    }
    domain.die();
}

void hide(Domain& domain)
{
    {
        const Guard guard{table_lock};
        domains().take_out(domain);
    }
    wait_for_grace_period();
}

void forget(DomainId id)
{
    const Guard guard{table_lock};
    domains().give_back(id);
}

} // namespace lintel
