// SPDX-License-Identifier: Apache-2.0
// Domains by number: one that was kept beyond its domain's end finds nobody, although the slot may
// have been given out again.
//
// Looking up takes no lock. What it answers may be used until the CPU enters a guest, or rests, the
// next time: a domain that was taken out is freed only after every CPU has done so.
#pragma once

#include <array>
#include <cstdint>

#include "mm/owner.hpp"
#include "support/assert.hpp"

namespace lintel {

// `D` has a DomainId `id`. Putting in and taking out are serialised by the caller.
template <typename D>
class DomainTable {
public:
    // Null: there is no such domain.
    D* find(std::uint64_t number) const
    {
        D* const domain = __atomic_load_n(&slots_[number % domain_slots], __ATOMIC_ACQUIRE);
        return domain != nullptr && domain->id.number == number ? domain : nullptr;
    }
    void put(D& domain)
    {
        assert(slots_[domain.id.slot()] == nullptr);
        __atomic_store_n(&slots_[domain.id.slot()], &domain, __ATOMIC_RELEASE);
    }
    void take_out(const D& domain)
    {
        assert(slots_[domain.id.slot()] == &domain);
        __atomic_store_n(&slots_[domain.id.slot()], nullptr, __ATOMIC_SEQ_CST);
    }

private:
    std::array<D*, domain_slots> slots_{};
};

struct Domain;
// All domains; dom0 from start-up on.
DomainTable<Domain>& domains();

} // namespace lintel
