// SPDX-License-Identifier: Apache-2.0
// Finds room for boot modules in dom0's RAM.
#include "boot/placement.hpp"

namespace lintel {

namespace {

MfnRange frames_of(const KernelSegment& segment)
{
    return ByteRange{segment.physical, segment.end()}.frames();
}

bool kernel_covers(const KernelImage& kernel, MfnRange range)
{
    for (const KernelSegment& segment : kernel.segments)
        if (range.count != 0 && frames_of(segment).overlaps(range))
            return true;
    return false;
}

// What no module lies in and no segment will. Low memory is left alone: it is the favourite place
// of firmware and of start-up code.
FrameSet free_room(const FrameSet& dom0, const KernelImage& kernel, ByteRange kernel_file,
                   ByteRange initrd)
{
    constexpr MfnRange low{Mfn{0}, (1u << 20) / page_size};
    FrameSet room = dom0;
    room.remove(low);
    for (const KernelSegment& segment : kernel.segments)
        room.remove(frames_of(segment));
    room.remove(kernel_file.frames());
    room.remove(initrd.frames());
    return room;
}

std::optional<Mfn> take(FrameSet& room, std::uint64_t frames, std::uint64_t below)
{
    FrameSet reachable = room;
    reachable.remove({Mfn::of(below), Mfn{~0ull} - Mfn::of(below)});
    const auto range = reachable.highest(frames);
    if (!range)
        return std::nullopt;
    room.remove(*range);
    return range->first;
}

} // namespace

std::string_view place_modules(const FrameSet& dom0, const KernelImage& kernel,
                               ByteRange kernel_file, ByteRange initrd, Placement& placement)
{
    constexpr std::string_view too_small =
        "dom0's memory cannot hold its kernel and initramfs: raise dom0_mem";
    for (const KernelSegment& segment : kernel.segments)
        if (!dom0.contains(frames_of(segment)))
            return "the kernel's link address is not in dom0's RAM: build it with "
                   "CONFIG_PHYSICAL_START=0x200000, or raise dom0_mem";

    // Linux reads the start information through its first page tables, which map 1 GiB, and keeps
    // the address of the initramfs in 32 bits. Contract: docs/abi/boot.md.
    constexpr std::uint64_t one_gib = 1ull << 30, four_gib = 4ull << 30, anywhere = ~0ull;
    FrameSet room = free_room(dom0, kernel, kernel_file, initrd);
    const bool initrd_stays =
        initrd.size() == 0 ||
        (initrd.begin % page_size == 0 && initrd.end <= four_gib &&
         dom0.contains(initrd.frames()) && !kernel_covers(kernel, initrd.frames()));
    if (!initrd_stays && !(placement.initrd = take(room, initrd.frames().count, four_gib)))
        return too_small;
    if (kernel_covers(kernel, kernel_file.frames()) &&
        !(placement.kernel_file = take(room, kernel_file.frames().count, anywhere)))
        return too_small;
    const auto info = take(room, Placement::start_info_frames, one_gib);
    if (!info)
        return too_small;
    placement.start_info = *info;
    return {};
}

} // namespace lintel
