// SPDX-License-Identifier: Apache-2.0
// Which port a physical interrupt vector leads to, in one word so that it can be read without a
// lock.
#pragma once

#include <cstdint>

#include "event/event_ports.hpp"

namespace lintel {

class IrqRoute {
public:
    enum class Kind : std::uint8_t {
        free,
        reserved, // given away, not bound yet
        edge,     // an edge-triggered line or a message
        open,     // a level-triggered line that may interrupt
        held      // one that did, and is masked until its end
    };

    constexpr IrqRoute() = default; // free
    constexpr IrqRoute(Kind kind, Port port) : raw_{static_cast<std::uint32_t>(kind) | port << 8} {}

    constexpr Kind kind() const { return static_cast<Kind>(raw_ & 0xff); }
    constexpr Port port() const { return raw_ >> 8; } // 0 unless it is bound

    IrqRoute load() const { return IrqRoute{__atomic_load_n(&raw_, __ATOMIC_ACQUIRE)}; }
    void store(IrqRoute route) { __atomic_store_n(&raw_, route.raw_, __ATOMIC_RELEASE); }

private:
    constexpr explicit IrqRoute(std::uint32_t raw) : raw_{raw} {}
    std::uint32_t raw_ = 0;
};
static_assert(sizeof(IrqRoute) == 4 && IrqRoute{}.kind() == IrqRoute::Kind::free);
static_assert(IrqRoute{IrqRoute::Kind::held, 4095}.port() == 4095);

} // namespace lintel
