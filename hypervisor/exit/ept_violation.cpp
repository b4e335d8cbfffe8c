// SPDX-License-Identifier: Apache-2.0
// Device memory above 4 GiB is mapped when it is touched: where devices lie up there is theirs to
// say, and tables for all of it would cost more memory than the rest of the hypervisor.
#include "exit/ept_violation.hpp"

namespace lintel {

namespace {

constexpr std::uint64_t frames_1g = 1ull << order_1g, first_above_4g = 4 * frames_1g;
constexpr std::uint64_t ept_frames = 1ull << 36; // 48 bits of guest-physical address

} // namespace

bool map_device_memory(Domain& domain, Gfn gfn)
{
    const Gfn first{gfn.number & ~(frames_1g - 1)};
    if (!domain.privileged || gfn.number < first_above_4g || gfn.number >= ept_frames ||
        first.number < frames().frames() || domain.map.lookup(gfn).access != ept::Access::none)
        return false;
    return domain.map
        .map({first, frames_1g}, Mfn{first.number}, ept::Access::rw, ept::MemoryType::uncacheable)
        .ok();
}

} // namespace lintel
