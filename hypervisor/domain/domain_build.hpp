// SPDX-License-Identifier: Apache-2.0
// Making a domain, dom0 or another, and unmaking it. Created whole or not at all.
#pragma once

#include "domain/domain.hpp"

namespace lintel {

struct DomainPlan {
    DomainId id;
    bool privileged = false;
    DomainLimits limits;
    DomainLayout layout;
    SealPlan seal;
};

// Its vCPUs are stopped and live on no CPU yet: see sched/placement.hpp. `map` has what the caller put
// there; the window's pages are added.
Result<Domain*> build_domain(const DomainPlan& plan, GuestPhysicalMap&& map);

// Gives back all that the hypervisor kept for it, the object too. Its RAM is gone already, no CPU has
// anything of it, nobody can find it.
void free_domain(Domain& domain);

} // namespace lintel
