// SPDX-License-Identifier: Apache-2.0
// A folder with files of guests, gone with the object.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "control.pb.h"
#include "fakes/kernel_file.hpp"

namespace lintel {

class GuestFiles {
public:
    GuestFiles()
    {
        char name[] = "/tmp/lintel-test-XXXXXX";
        folder_ = ::mkdtemp(name);
        kernel = write("vmlinux", kernel_file::File{}.bytes().bytes());
    }
    GuestFiles(const GuestFiles&) = delete;
    ~GuestFiles() { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name) const { return folder_ + '/' + name; }
    const std::string& folder() const { return folder_; }
    std::string write(const std::string& name, std::span<const std::byte> content) const
    {
        std::ofstream{path(name), std::ios::binary}.write(
            reinterpret_cast<const char*>(content.data()),
            static_cast<std::streamsize>(content.size()));
        return path(name);
    }
    std::string write(const std::string& name, const std::string& content) const
    {
        return write(name, std::as_bytes(std::span{content}));
    }
    proto::DomainConfig config(const std::string& name) const
    {
        proto::DomainConfig config;
        config.set_name(name);
        config.set_kernel(kernel);
        config.set_cmdline("console=hvc0");
        config.set_memory_mib(64);
        return config;
    }

    std::string kernel; // a good one

private:
    std::string folder_;
};

} // namespace lintel
