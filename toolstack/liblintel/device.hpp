// SPDX-License-Identifier: Apache-2.0
// The seam below Control: an open /dev/lintel, as the operations of a file. LinuxDevice is the real
// one, tests/fakes/fake_machine.hpp the one that plays a hypervisor with domains. Contract:
// docs/abi/control.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lintel {

class Device {
public:
    virtual ~Device() = default;

    // LINTEL_IOCTL_*; 0 or a negative errno value.
    virtual int request(std::uint32_t number, void* argument) = 0;
    // mmap at an offset that a request has returned; null if it fails, with errno set.
    virtual void* map(std::uint64_t offset, std::size_t bytes, bool writable) = 0;
    virtual void unmap(void* address, std::size_t bytes) = 0;
    // Ports that have fired and are masked since: how many, or a negative errno value; never waits.
    virtual int read_ports(std::span<std::uint32_t> ports) = 0;
    // How many were unmasked, up to the first that is no port of this file; -ENOENT if that is the
    // first.
    virtual int unmask_ports(std::span<const std::uint32_t> ports) = 0;
    // Readable, in the sense of poll, when a port has fired.
    virtual int descriptor() const = 0;
};

} // namespace lintel
