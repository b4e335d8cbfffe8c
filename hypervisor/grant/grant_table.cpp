// SPDX-License-Identifier: Apache-2.0
// Uses of grants, under the table's lock.
#include "grant/grant_table.hpp"

namespace lintel {

Result<Gfn> GrantTable::begin_use(std::uint32_t ref, DomainId peer, bool writing)
{
    if (ref >= uses_.size())
        return Error::not_found;
    const Guard guard{lock_};
    const GrantEntry entry = load(ref);
    if (!entry.permits(peer, writing))
        return Error::not_permitted;
    if (uses_[ref] == 0xffff)
        return Error::limit_reached;
    if (uses_[ref]++ == 0)
        __atomic_store_n(&used_, used_ + 1, __ATOMIC_RELAXED);
    return entry.page();
}

void GrantTable::end_use(std::uint32_t ref)
{
    const Guard guard{lock_};
    assert(ref < uses_.size() && uses_[ref] != 0);
    if (--uses_[ref] == 0)
        __atomic_store_n(&used_, used_ - 1, __ATOMIC_RELAXED);
}

Result<> GrantTable::revoke(std::uint32_t ref)
{
    if (ref >= uses_.size())
        return Error::not_found;
    const Guard guard{lock_};
    if (load(ref).present())
        return Error::bad_argument;
    if (uses_[ref] != 0)
        return Error::busy;
    return {};
}

} // namespace lintel
