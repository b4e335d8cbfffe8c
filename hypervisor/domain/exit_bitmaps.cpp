// SPDX-License-Identifier: Apache-2.0
// Fills the bitmaps by the policies of domain/port_policy.hpp and vmx/msr_bitmap.hpp.
#include "domain/exit_bitmaps.hpp"

#include <array>

#include "domain/port_policy.hpp"
#include "mm/machine_memory.hpp"
#include "vmx/msr_bitmap.hpp"

namespace lintel {

namespace {

std::array<ExitBitmaps, 2> made; // by `privileged`

} // namespace

Result<> make_exit_bitmaps()
{
    const Mfn msrs = TRY(allocate_cleared_frame());
    fill_msr_bitmap(std::span<std::uint8_t, 4096>{at_frame<std::uint8_t>(msrs), 4096});
    for (const bool privileged : {false, true}) {
        const Mfn ports = TRY(allocate_cleared(1, Owner::hypervisor));
        fill_port_bitmaps(std::span<std::uint8_t, 8192>{at_frame<std::uint8_t>(ports), 8192},
                          privileged);
        made[privileged ? 1 : 0] = {ports, msrs};
    }
    return {};
}

const ExitBitmaps& exit_bitmaps(bool privileged)
{
    return made[privileged ? 1 : 0];
}

} // namespace lintel
