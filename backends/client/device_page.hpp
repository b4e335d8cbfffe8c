// SPDX-License-Identifier: Apache-2.0
// A device page as its two sides see it. Contract: docs/abi/devices.md#the-device-page.
//
// All access is atomic, as the other side may write to any of it at any time. What is read is a
// copy.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include <lintel/device.h>

#include "support/assert.hpp"

namespace lintel::client {

enum class DeviceState : std::uint32_t {
    absent = LINTEL_STATE_ABSENT,
    ready = LINTEL_STATE_READY,
    connected = LINTEL_STATE_CONNECTED,
    closing = LINTEL_STATE_CLOSING,
    failed = LINTEL_STATE_FAILED,
};

enum class Side {
    backend,
    frontend,
};

class DevicePage {
public:
    // The first bytes of a page that outlives this.
    explicit DevicePage(std::span<std::byte> page)
        : words_{reinterpret_cast<std::uint32_t*>(page.data())}
    {
        assert(page.size() >= sizeof(lintel_device));
        assert(reinterpret_cast<std::uintptr_t>(page.data()) % 64 == 0);
    }

    // The toolstack's group; `name` is terminated in any case.
    lintel_device description() const
    {
        lintel_device copy{};
        // The class tells whether the rest means something, so it is first.
        copy_out(copy, 0, group(Side::backend).begin);
        copy.name[sizeof copy.name - 1] = 0;
        return copy;
    }
    bool removed() const { return load(offsetof(lintel_device, removed) / 4) != 0; }

    // The number of the offer that the side's group makes, or answers.
    std::uint32_t number(Side side) const { return load(group(side).begin + 1); }
    DeviceState state(Side side) const { return state_of(load(group(side).begin)); }
    // The frontend's, which counts only while it answers this offer.
    DeviceState frontend_state(std::uint32_t generation) const
    {
        // The number first: a state that is loaded after it is none of an earlier answer.
        const bool counts = number(Side::frontend) == generation;
        return counts ? state(Side::frontend) : DeviceState::absent;
    }
    void set_state(Side side, DeviceState state)
    {
        store(group(side).begin, static_cast<std::uint32_t>(state));
    }

    // Makes the side's group what it is in `content`, with this number and READY.
    void write(Side side, const lintel_device& content, std::uint32_t number)
    {
        const Group at = group(side);
        std::array<std::uint32_t, sizeof content / 4> words;
        std::memcpy(words.data(), &content, sizeof content);
        set_state(side, DeviceState::absent);
        store(at.begin + 1, number);
        for (std::size_t i = at.begin + 2; i < at.end; i++)
            store(i, words[i]);
        set_state(side, DeviceState::ready);
    }

    // The side's group, if it is READY or more. None also if the other side changes it all the
    // time.
    std::optional<lintel_device> read(Side side) const
    {
        const Group at = group(side);
        for (int attempt = 0; attempt < 4; attempt++) {
            lintel_device copy{};
            const std::uint32_t before = number(side);
            const DeviceState state = this->state(side);
            copy_out(copy, at.begin + 2, at.end);
            if (number(side) != before)
                continue;
            if (state == DeviceState::absent || state == DeviceState::failed)
                return std::nullopt;
            (side == Side::backend ? copy.generation : copy.seen_generation) = before;
            (side == Side::backend ? copy.backend_state : copy.frontend_state) =
                static_cast<std::uint32_t>(state);
            return copy;
        }
        return std::nullopt;
    }

private:
    struct Group { // in words
        std::size_t begin;
        std::size_t end;
    };
    static constexpr Group group(Side side)
    {
        constexpr std::size_t backend = offsetof(lintel_device, backend_state) / 4;
        constexpr std::size_t frontend = offsetof(lintel_device, frontend_state) / 4;
        static_assert(offsetof(lintel_device, generation) / 4 == backend + 1);
        static_assert(offsetof(lintel_device, seen_generation) / 4 == frontend + 1);
        return side == Side::backend ? Group{backend, frontend}
                                     : Group{frontend, sizeof(lintel_device) / 4};
    }
    static DeviceState state_of(std::uint32_t word)
    {
        return word <= LINTEL_STATE_FAILED ? static_cast<DeviceState>(word) : DeviceState::failed;
    }

    std::uint32_t load(std::size_t word) const
    {
        return std::atomic_ref{words_[word]}.load(std::memory_order_acquire);
    }
    void store(std::size_t word, std::uint32_t value)
    {
        std::atomic_ref{words_[word]}.store(value, std::memory_order_release);
    }
    void copy_out(lintel_device& copy, std::size_t begin, std::size_t end) const
    {
        for (std::size_t i = begin; i < end; i++) {
            const std::uint32_t value = load(i);
            std::memcpy(reinterpret_cast<std::byte*>(&copy) + i * 4, &value, 4);
        }
    }

    std::uint32_t* words_;
};

// The next offer's number.
constexpr std::uint32_t next_generation(std::uint32_t generation)
{
    return generation + 1 == 0 ? 1 : generation + 1;
}

} // namespace lintel::client
