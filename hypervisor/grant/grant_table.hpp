// SPDX-License-Identifier: Apache-2.0
// The grants of one domain: its entries, which it writes as it likes, and how often each is in use,
// which it cannot touch.
//
// An entry is read by one 64-bit load and means what it said then. Reading it and counting the use
// is one step under the table's lock, and so is finding for revoke() that it is cleared and not in
// use: whoever uses it later has read it later.
#pragma once

#include <cstdint>
#include <span>

#include "cpu/spin_lock.hpp"
#include "grant/grant_entry.hpp"
#include "support/result.hpp"

namespace lintel {

class GrantTable {
public:
    // `uses` has one element for each entry, all zero.
    GrantTable(const std::uint64_t* entries, std::span<std::uint16_t> uses)
        : entries_{entries}, uses_{uses}
    {
    }

    // Counts one use of an entry that permits it, and answers which page it is.
    Result<Gfn> begin_use(std::uint32_t ref, DomainId peer, bool writing);
    void end_use(std::uint32_t ref);
    // Error::bad_argument: it is present; Error::busy: it is in use. Otherwise nobody uses what it
    // granted until it is written again.
    Result<> revoke(std::uint32_t ref);

    std::uint32_t size() const { return static_cast<std::uint32_t>(uses_.size()); }
    // Entries in use at the moment.
    std::uint32_t used() const { return __atomic_load_n(&used_, __ATOMIC_RELAXED); }

private:
    GrantEntry load(std::uint32_t ref) const
    {
        return GrantEntry{__atomic_load_n(&entries_[ref], __ATOMIC_ACQUIRE)};
    }

    SpinLock lock_;
    const std::uint64_t* entries_;
    std::span<std::uint16_t> uses_;
    std::uint32_t used_ = 0;
};

} // namespace lintel
