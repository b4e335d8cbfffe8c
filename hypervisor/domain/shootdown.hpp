// SPDX-License-Identifier: Apache-2.0
// Invalidation of a domain's cached translations on all CPUs. The book-keeping, and why it is right:
// mm/translations.hpp.
#pragma once

#include "domain/domain.hpp"

namespace lintel {

// Invalidates on the calling CPU, which is behind.
void flush_translations(Domain& domain);

// Before each VM entry.
inline void catch_up(Domain& domain)
{
    if (domain.translations.is_behind(this_cpu().index)) [[unlikely]]
        flush_translations(domain);
}

// While waiting for another CPU, which may be waiting for this one: with the domain that it serves.
void catch_up_served();

// Returns when no CPU can use a translation of `domain` any more that was made before the call. Waits
// for other CPUs: the caller holds no lock, and nothing that it found in a map, be it of this domain or of
// the one it serves.
void shoot_down(Domain& domain);

} // namespace lintel
