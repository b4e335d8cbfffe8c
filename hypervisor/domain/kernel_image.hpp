// SPDX-License-Identifier: Apache-2.0
// A guest kernel as a file: an ELF64 executable for x86-64 with a PVH entry point.
// Layout: System V ABI, "Object Files"; the note: Xen's "x86/HVM direct boot ABI".
#pragma once

#include <cstdint>

#include "support/expected.hpp"
#include "support/fixed_vector.hpp"
#include "support/span_reader.hpp"

namespace lintel {

enum class KernelImageError : std::uint8_t {
    empty,
    bzimage,
    not_elf,
    not_x86_64,
    not_executable,
    damaged,
    too_many_segments,
    nothing_to_load,
    segments_overlap,
    not_pvh,
    entry_not_loaded,
};

// One line for the person at the console: what is wrong and what to do.
const char* describe(KernelImageError error);

// One piece of the kernel: `file` goes to `physical`, zeros follow up to `memory_size`.
struct KernelSegment {
    std::uint64_t physical;
    std::uint64_t memory_size; // not zero; not below file.size(); physical + memory_size fits
    Bytes file;

    std::uint64_t end() const { return physical + memory_size; }
};

struct KernelImage {
    FixedVector<KernelSegment, 16> segments; // at least one; none overlaps another
    std::uint32_t entry = 0; // physical, 32-bit, within the file-backed part of a segment
};

// Segments point into `file`.
Expected<KernelImage, KernelImageError> parse_kernel_image(Bytes file);

} // namespace lintel
