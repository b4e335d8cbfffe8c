// SPDX-License-Identifier: Apache-2.0
// Where the boot loader's modules must go so that loading the kernel at its link address overwrites
// none of them. Pure arithmetic: everything is decided before a byte is copied, and every copy goes
// to memory that nothing else uses.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "domain/kernel_image.hpp"
#include "mm/frame_set.hpp"

namespace lintel {

struct ByteRange {
    std::uint64_t begin = 0, end = 0;
    std::uint64_t size() const { return end - begin; }
    MfnRange frames() const { return {Mfn::of(begin), Mfn{pages_for(end)} - Mfn::of(begin)}; }
};

struct Placement {
    static constexpr std::uint64_t start_info_frames = 4;

    std::optional<Mfn> kernel_file; // copy it there first; it stays where it is otherwise
    std::optional<Mfn> initrd;      // likewise
    Mfn start_info;                 // for dom0's boot information
};

// Fills `placement` and returns an empty text, or returns one line for the user.
std::string_view place_modules(const FrameSet& dom0, const KernelImage& kernel,
                               ByteRange kernel_file, ByteRange initrd, Placement& placement);

} // namespace lintel
