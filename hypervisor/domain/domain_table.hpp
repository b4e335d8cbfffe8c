// SPDX-License-Identifier: Apache-2.0
// Domains by number: one that was kept beyond its domain's end finds nobody, although the slot may
// have been given out again. Slots are given out in turn, so that a number comes again after some
// 65,000 domains only.
//
// Looking up takes no lock. What it answers may be used until the CPU enters a guest, or rests, the
// next time: a domain that was taken out is freed only after every CPU has done so.
#pragma once

#include <array>
#include <cstdint>

#include "mm/owner.hpp"
#include "support/assert.hpp"
#include "support/result.hpp"

namespace lintel {

// `D` has a DomainId `id`. All but looking up is serialised by the caller.
template <typename D>
class DomainTable {
public:
    // Null: there is no such domain, or it is dying.
    D* find(std::uint64_t number) const { return look_up(living_, number); }
    // One that is dying too.
    D* find_any(std::uint64_t number) const { return look_up(all_, number); }
    // The domain with the lowest number from this one on, a dying one too.
    D* find_next(std::uint64_t number) const
    {
        D* best = nullptr;
        for (unsigned slot = 0; slot < domain_slots; ++slot) {
            D* const domain = __atomic_load_n(&all_[slot], __ATOMIC_ACQUIRE);
            if (domain != nullptr && domain->id.number >= number &&
                (best == nullptr || domain->id.number < best->id.number))
                best = domain;
        }
        return best;
    }
    unsigned count() const // dying ones too
    {
        unsigned count = 0;
        for (unsigned slot = 0; slot < domain_slots; ++slot)
            count += __atomic_load_n(&all_[slot], __ATOMIC_RELAXED) != nullptr ? 1 : 0;
        return count;
    }

    // A number for a new domain, whose slot nobody else gets until it is given back. Slot 0 is dom0's.
    Result<DomainId> reserve()
    {
        if (reserved_count_ == domain_slots - 1)
            return Error::limit_reached;
        do
            last_ = last_ == last_domain_number ? 1 : last_ + 1;
        while (DomainId{last_}.slot() == 0 || reserved_[DomainId{last_}.slot()]);
        reserved_[DomainId{last_}.slot()] = true;
        ++reserved_count_;
        return DomainId{last_};
    }
    void give_back(DomainId id)
    {
        assert(reserved_[id.slot()] && all_[id.slot()] == nullptr);
        reserved_[id.slot()] = false;
        --reserved_count_;
    }

    void put(D& domain)
    {
        assert(all_[domain.id.slot()] == nullptr);
        __atomic_store_n(&all_[domain.id.slot()], &domain, __ATOMIC_RELEASE);
        __atomic_store_n(&living_[domain.id.slot()], &domain, __ATOMIC_RELEASE);
    }
    // From now on it is found as a dying one only.
    void retire(const D& domain)
    {
        assert(all_[domain.id.slot()] == &domain);
        __atomic_store_n(&living_[domain.id.slot()], nullptr, __ATOMIC_SEQ_CST);
    }
    void take_out(const D& domain)
    {
        assert(all_[domain.id.slot()] == &domain);
        __atomic_store_n(&living_[domain.id.slot()], nullptr, __ATOMIC_SEQ_CST);
        __atomic_store_n(&all_[domain.id.slot()], nullptr, __ATOMIC_SEQ_CST);
    }

private:
    using Slots = std::array<D*, domain_slots>;
    static D* look_up(const Slots& slots, std::uint64_t number)
    {
        D* const domain = __atomic_load_n(&slots[number % domain_slots], __ATOMIC_ACQUIRE);
        return domain != nullptr && domain->id.number == number ? domain : nullptr;
    }

    Slots living_{}, all_{};
    std::array<bool, domain_slots> reserved_{};
    unsigned reserved_count_ = 0;
    std::uint16_t last_ = 0;
};

struct Domain;
// All domains; dom0 from start-up on. Changes are for domain/domain_life.hpp.
DomainTable<Domain>& domains();

} // namespace lintel
