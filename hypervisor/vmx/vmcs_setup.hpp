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

// Where a vCPU begins: in 32-bit protected mode without paging as PVH wants it (docs/abi/boot.md), or
// in 64-bit mode (docs/abi/vcpus.md).
struct GuestEntry {
    bool long_mode;
    std::uint64_t rip;
    std::uint64_t rsp = 0, cr3 = 0; // in 64-bit mode
};

// Makes the VMCS current on this CPU and fills it.
void set_up_vmcs(const VmcsPages& pages, const VmxFeatures& features, const Cpu& cpu,
                 std::uint16_t vpid, const GuestEntry& entry);

} // namespace lintel
