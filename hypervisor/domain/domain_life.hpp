// SPDX-License-Identifier: Apache-2.0
// How numbers come to name domains, and cease to. What was found by number may be used until the CPU's
// next VM entry, and not across a wait for other CPUs: domain/grace_period.hpp.
#pragma once

#include <utility>

#include "domain/domain.hpp"
#include "domain/domain_table.hpp"

namespace lintel {

// A number for a new domain; it is given back, unless a domain got it.
class NewDomainId {
public:
    static Result<NewDomainId> reserve();
    NewDomainId(NewDomainId&& other) noexcept : id_{std::exchange(other.id_, {})} {}
    NewDomainId& operator=(NewDomainId&&) = delete;
    ~NewDomainId();

    DomainId id() const { return id_; }
    // `domain`, which has the number, is found by it from now on.
    void give_to(Domain& domain) &&;

private:
    explicit NewDomainId(DomainId id) : id_{id} {}
    DomainId id_; // 0: none
};

// It ends, and is found as a dying one only.
void begin_death(Domain& domain);
// Nobody finds it, and nobody uses it any more: waits for a grace period.
void hide(Domain& domain);
// The slot of a domain that was hidden and freed may be given out.
void forget(DomainId id);

} // namespace lintel
