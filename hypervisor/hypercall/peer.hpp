// SPDX-License-Identifier: Apache-2.0
// Other domains as arguments.
#pragma once

#include <lintel/domain.h>

#include "hypercall/arguments.hpp"
#include "mm/owner.hpp"

namespace lintel {

// The domain of this number, the caller's own included.
template <typename Caller>
auto domain_named(Caller& caller, std::uint64_t number) -> Result<decltype(&caller.domain())>
{
    auto* const domain =
        number == LINTEL_DOMAIN_SELF ? &caller.domain() : caller.find_domain(number);
    if (domain == nullptr)
        return Error::not_found;
    return domain;
}

// For the templates of event/ and grant/: whom a port or a mapping leads to, also while it is
// dying.
template <typename Caller>
auto peers(Caller& caller)
{
    return [&caller](DomainId domain) { return caller.find_peer(domain); };
}

} // namespace lintel
