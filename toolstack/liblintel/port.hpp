// SPDX-License-Identifier: Apache-2.0
// An event port of dom0 that belongs to this process, closed when the object ends.
#pragma once

#include <cstdint>
#include <utility>

#include "liblintel/device.hpp"

namespace lintel {

enum class LocalPort : std::uint32_t {
}; // in dom0; as Control::fired names it

class Port {
public:
    Port() = default;
    Port(Device& device, LocalPort number) : device_{&device}, number_{number} {}
    Port(Port&& other) noexcept
        : device_{std::exchange(other.device_, nullptr)}, number_{other.number_}
    {
    }
    Port& operator=(Port&& other) noexcept
    {
        std::swap(device_, other.device_);
        std::swap(number_, other.number_);
        return *this;
    }
    ~Port();

    LocalPort number() const { return number_; }
    // The peer; one that is gone hears nothing. `flags` are those of event_send (lintel/event.h).
    void notify(std::uint32_t flags = 0) const;

private:
    Device* device_ = nullptr; // outlives this; null: no port
    LocalPort number_{};
};

} // namespace lintel
