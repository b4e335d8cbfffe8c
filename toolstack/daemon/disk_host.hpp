// SPDX-License-Identifier: Apache-2.0
// How linteld gets what a disk's backend needs: a seam, as tests have neither a hypervisor nor its
// device, but the real program.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "liblintel/control.hpp"

namespace lintel {

struct BackendCommand {
    static constexpr int first_file = 3;

    std::vector<std::string> words;
    std::vector<int> files; // they become the program's descriptors from `first_file` on

    // The program's number of a descriptor.
    std::string inherit(int file)
    {
        files.push_back(file);
        return std::to_string(first_file + static_cast<int>(files.size()) - 1);
    }
};

// What a backend is to reach.
struct BackendPlace {
    DomainId domain;
    std::uint64_t page_gpa; // of its device page
    int device;             // /dev/lintel, confined to the domain
    std::uint64_t offset;   // of the device page in it
    int pool;
    int wake;
    int tell;
    std::vector<std::uint32_t> pool_lists;
};

struct DiskHost {
    std::string program = "lintel-block"; // looked for in PATH if it has no slash
    std::function<Outcome<std::unique_ptr<Device>>()> open; // one more /dev/lintel
    std::function<void(BackendCommand&, const BackendPlace&)> reach; // adds words and files
};

// That of dom0.
DiskHost dom0_disk_host(const std::string& program);

} // namespace lintel
