// SPDX-License-Identifier: Apache-2.0
// What a disk's content lies in: a raw file, or a block device.
#pragma once

#include <cstdint>
#include <string>

#include "liblintel/outcome.hpp"
#include "liblintel/unique_fd.hpp"

namespace lintel::block {

struct ImageOptions {
    std::string path;
    bool read_only = false;
    std::uint32_t sector_bytes = 0; // 512, 4096; 0: the least that the image can be read in
};

struct Image {
    UniqueFd fd; // for direct I/O where there is such, and locked: nobody else writes to it who asks
    std::uint64_t bytes;
    std::uint32_t sector_bytes;
    std::uint32_t erase_bytes;
    bool read_only;
    bool erases; // discards, and writes of zeroes without data

    static Outcome<Image> open(const ImageOptions& options);
};

} // namespace lintel::block
