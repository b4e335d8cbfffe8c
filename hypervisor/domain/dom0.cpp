// SPDX-License-Identifier: Apache-2.0
// The privileged domain.
#include "domain/dom0.hpp"

namespace lintel {

namespace {
Domain* privileged = nullptr;
}

Domain& dom0()
{
    assert(privileged != nullptr);
    return *privileged;
}

void set_dom0(Domain& domain)
{
    privileged = &domain;
}

} // namespace lintel
