// SPDX-License-Identifier: Apache-2.0
// Builds dom0's map.
#include "boot/dom0_map.hpp"

#include "cpu/log.hpp"

namespace lintel {

namespace {

constexpr MfnRange below_4g{Mfn{0}, (4ull << 30) / page_size};

GfnRange one_to_one(MfnRange range)
{
    return {Gfn{range.first.number}, range.count};
}

Result<> map_all(GuestPhysicalMap& map, const FrameSet& set, ept::Access access,
                 ept::MemoryType type)
{
    for (const MfnRange& range : set)
        TRY(map.map(one_to_one(range), range.first, access, type));
    return {};
}

// Register pages of devices that the hypervisor keeps. In dom0 a private page of ones stands there,
// which Linux takes for absent hardware; there is no instruction emulator to trap accesses with.
FrameSet kept_devices(const Firmware& firmware)
{
    constexpr std::uint64_t usual_local_apic = 0xfee0'0000;
    FrameSet kept;
    const auto keep = [&](std::uint64_t address) {
        if (below_4g.contains(Mfn::of(address)))
            kept.add({Mfn::of(address), 1});
        else
            log(LogLevel::warning, "a platform device at {:x} is left to dom0", address);
    };
    keep(usual_local_apic);
    if (firmware.madt.local_apic_address != 0)
        keep(firmware.madt.local_apic_address);
    for (const auto& io_apic : firmware.madt.io_apics)
        keep(io_apic.address);
    if (firmware.hpet)
        keep(*firmware.hpet);
    return kept;
}

Result<> map_ones(GuestPhysicalMap& map, const FrameSet& kept)
{
    const Mfn ones = TRY(frames().allocate(0, Owner::hypervisor));
    __builtin_memset(at_frame(ones), 0xff, page_size);
    for (const MfnRange& range : kept)
        for (Mfn frame = range.first; frame < range.end(); frame = frame + 1)
            TRY(map.map(one_to_one({frame, 1}), ones, ept::Access::rw,
                        ept::MemoryType::write_back));
    return {};
}

} // namespace

Result<GuestPhysicalMap> make_dom0_map(const MemoryPlan& plan, const Firmware& firmware,
                                       ept::Level largest_leaf)
{
    GuestPhysicalMap map = TRY(GuestPhysicalMap::create(EptMemory{largest_leaf}));
    FrameSet kept = kept_devices(firmware);
    kept.remove(plan.ram); // a table that names RAM as a device page is wrong; RAM stays RAM
    FrameSet devices{below_4g};
    devices.remove(plan.ram);
    devices.remove(plan.firmware);
    devices.remove(kept);
    TRY(map_all(map, plan.dom0, ept::Access::rwx, ept::MemoryType::write_back));
    TRY(map_all(map, plan.firmware, ept::Access::rw, ept::MemoryType::write_back));
    TRY(map_all(map, devices, ept::Access::rw, ept::MemoryType::uncacheable));
    TRY(map_ones(map, kept));
    return map;
}

} // namespace lintel
