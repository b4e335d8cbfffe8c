// SPDX-License-Identifier: Apache-2.0
// /dev/lintel of dom0's kernel.
#pragma once

#include <memory>

#include "liblintel/device.hpp"
#include "liblintel/outcome.hpp"
#include "liblintel/unique_fd.hpp"

namespace lintel {

class LinuxDevice final : public Device {
public:
    static Outcome<std::unique_ptr<LinuxDevice>> open();
    explicit LinuxDevice(UniqueFd fd) : fd_{std::move(fd)} {} // one that is open already

    int request(std::uint32_t number, void* argument) override;
    void* map(std::uint64_t offset, std::size_t bytes, bool writable) override;
    void unmap(void* address, std::size_t bytes) override;
    int read_ports(std::span<std::uint32_t> ports) override;
    int unmask_ports(std::span<const std::uint32_t> ports) override;
    int descriptor() const override { return fd_.get(); }

private:
    UniqueFd fd_;
};

} // namespace lintel
