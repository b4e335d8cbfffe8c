// SPDX-License-Identifier: Apache-2.0
// Lays out the machine's RAM.
#include "boot/memory_plan.hpp"

#include "mm/frame_info.hpp"

namespace lintel {

namespace {

// Only whole pages of a range count; `outward` includes pages it merely touches.
MfnRange inward(std::uint64_t base, std::uint64_t end)
{
    const Mfn first{pages_for(base)}, last = Mfn::of(end);
    return {first, first < last ? last - first : 0};
}
MfnRange outward(std::uint64_t base, std::uint64_t end)
{
    const Mfn first = Mfn::of(base);
    return {first, Mfn{pages_for(end)} - first};
}

// Usable where an available range covers it and no other range does.
void sort_out(const multiboot2::Info& info, Mfn limit, MemoryPlan& plan)
{
    using enum multiboot2::MemoryType;
    for (const auto& range : info.memory)
        if (range.type == available)
            plan.ram.add(inward(range.base, range.end()));
    for (const auto& range : info.memory) {
        if (range.type == available)
            continue;
        plan.ram.remove(outward(range.base, range.end()));
        if (range.type == acpi_reclaimable || range.type == acpi_nvs)
            plan.firmware.add(outward(range.base, range.end()));
    }
    plan.firmware.remove(plan.ram);
    const MfnRange beyond{limit, Mfn{~0ull} - limit};
    plan.ram.remove(beyond);
    plan.firmware.remove(beyond);
    plan.limit =
        plan.ram.limit() < plan.firmware.limit() ? plan.firmware.limit() : plan.ram.limit();
}

// dom0's RAM ends on a 2 MiB boundary where the range goes that far, so that EPT stays coarse.
FrameSet choose_dom0(const FrameSet& free, std::uint64_t bytes)
{
    constexpr std::uint64_t large = 512;
    FrameSet dom0 = free.lowest(pages_for(bytes));
    const std::uint64_t beyond = dom0.limit().number % large;
    const MfnRange rest{dom0.limit(), large - beyond};
    if (beyond != 0 && free.contains(rest))
        dom0.add(rest);
    return dom0;
}

} // namespace

std::optional<MemoryPlanError> plan_memory(const multiboot2::Info& info, MemoryWishes wishes,
                                           MemoryPlan& plan)
{
    if (wishes.dom0_bytes < least_dom0_bytes)
        return MemoryPlanError::dom0_too_small;
    sort_out(info, wishes.limit, plan);

    FrameSet free = plan.ram;
    free.remove(wishes.image);
    if (free.frames() < pages_for(wishes.dom0_bytes))
        return MemoryPlanError::dom0_too_large;
    plan.dom0 = choose_dom0(free, wishes.dom0_bytes);
    free.remove(plan.dom0);

    plan.heap = free;
    for (const auto& module : info.modules)
        plan.heap.remove(outward(module.start, module.end));
    plan.modules = free;
    plan.modules.remove(plan.heap);

    const auto table = plan.heap.highest(pages_for(plan.limit.number * sizeof(FrameInfo)));
    if (!table)
        return MemoryPlanError::dom0_too_large;
    plan.frame_table = *table;
    plan.heap.remove(*table);
    if (plan.heap.frames() + plan.modules.frames() < least_heap_frames)
        return MemoryPlanError::dom0_too_large;
    return std::nullopt;
}

} // namespace lintel
