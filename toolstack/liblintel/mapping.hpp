// SPDX-License-Identifier: Apache-2.0
// Pages of another domain in this process, until the object ends. Its peer may write them at any
// time: whoever reads them reads each word once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "liblintel/device.hpp"

namespace lintel {

class Mapping {
public:
    Mapping() = default;
    Mapping(Device& device, std::uint64_t offset, std::span<std::byte> memory)
        : device_{&device}, offset_{offset}, memory_{memory}
    {
    }
    Mapping(Mapping&& other) noexcept
        : device_{std::exchange(other.device_, nullptr)},
          offset_{other.offset_},
          memory_{std::exchange(other.memory_, {})}
    {
    }
    Mapping& operator=(Mapping&& other) noexcept
    {
        std::swap(device_, other.device_);
        std::swap(offset_, other.offset_);
        std::swap(memory_, other.memory_);
        return *this;
    }
    ~Mapping();

    std::span<std::byte> bytes() const { return memory_; }
    std::byte* at(std::size_t offset) const { return memory_.data() + offset; }
    explicit operator bool() const { return device_ != nullptr; }

private:
    Device* device_ = nullptr; // outlives this; null: nothing mapped
    std::uint64_t offset_ = 0;
    std::span<std::byte> memory_;
};

} // namespace lintel
