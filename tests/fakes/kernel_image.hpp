// SPDX-License-Identifier: Apache-2.0
// A small good kernel image, and what the parser says to it once a test has damaged it.
#pragma once

#include <cstdint>
#include <limits>

#include "domain/kernel_image.hpp"
#include "fakes/kernel_file.hpp"

namespace lintel::kernel_file {

inline constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

struct Image : File {
    ByteBuilder file() { return bytes(); }
    KernelImageError error() { return parse_kernel_image(file().bytes()).error(); }
    bool ok() { return parse_kernel_image(file().bytes()).ok(); }
};

} // namespace lintel::kernel_file
