// SPDX-License-Identifier: Apache-2.0
// A new vCPU's VMCS: controls, the host state to return to, and the guest state PVH starts from.
#pragma once

#include <cstdint>

#include "cpu/this_cpu.hpp"
#include "mm/frame.hpp"
#include "vmx/features.hpp"

namespace lintel {

struct VmcsPages {
    Mfn vmcs;       // its first word holds features.revision
    Mfn io_bitmaps; // two frames
    Mfn msr_bitmap;
    Mfn ept_root;
};

// The EPT pointer: write-back tables, four levels, no accessed and dirty flags.
// Intel SDM Vol. 3, table "Format of Extended-Page-Table Pointer".
constexpr std::uint64_t ept_pointer(Mfn root)
{
    return root.address() | 3 << 3 | 6;
}

// Makes the VMCS current on this CPU and fills it. The guest starts at `entry` in 32-bit protected
// mode without paging. Contract: docs/abi/boot.md.
void set_up_vmcs(const VmcsPages& pages, const VmxFeatures& features, const Cpu& cpu,
                 std::uint16_t vpid, std::uint32_t exceptions, std::uint32_t entry);

} // namespace lintel
