// SPDX-License-Identifier: Apache-2.0
// I/O ports for drivers that take them as a template parameter. The drivers call static functions,
// so the device behind the ports is installed for the life of a FakePorts object, one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace lintel {

class FakePorts {
public:
    struct Write {
        std::uint16_t port;
        std::uint8_t value;
        bool operator==(const Write&) const = default;
    };

    FakePorts() { installed_ = this; }
    FakePorts(const FakePorts&) = delete;
    ~FakePorts() { installed_ = nullptr; }

    // The device: what a read gives and what a write does beyond being recorded.
    std::function<std::uint8_t(std::uint16_t)> on_read = [](std::uint16_t) { return 0xff; };
    std::function<void(std::uint16_t, std::uint8_t)> on_write = [](std::uint16_t, std::uint8_t) {};
    std::vector<Write> writes;

    static void write(std::uint16_t port, std::uint8_t value)
    {
        installed_->writes.push_back({port, value});
        installed_->on_write(port, value);
    }
    static std::uint8_t read(std::uint16_t port) { return installed_->on_read(port); }

private:
    static inline FakePorts* installed_ = nullptr;
};

} // namespace lintel
