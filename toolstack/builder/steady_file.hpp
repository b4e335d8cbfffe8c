// SPDX-License-Identifier: Apache-2.0
// A file's content in memory, which stays as it is while it is looked at. It is mapped, not read: a
// kernel is copied once, into its guest. A mapped file that somebody cuts short would end this
// process by SIGBUS, so a read lease makes writers wait until the object ends; where there are no
// leases it is read after all. The process has to ignore SIGIO, which tells that a writer waits.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "liblintel/outcome.hpp"
#include "liblintel/unique_fd.hpp"

namespace lintel {

class SteadyFile {
public:
    // Regular files up to `most` bytes; failures name the path.
    static Outcome<SteadyFile> open(const std::string& path, std::size_t most);

    SteadyFile() = default;
    SteadyFile(SteadyFile&& other) noexcept;
    SteadyFile& operator=(SteadyFile&&) = delete;
    ~SteadyFile();

    std::span<const std::byte> bytes() const { return bytes_; }

private:
    UniqueFd fd_; // holds the lease
    std::span<const std::byte> bytes_;
    std::vector<std::byte> copy_; // instead of a mapping
};

} // namespace lintel
