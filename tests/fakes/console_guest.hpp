// SPDX-License-Identifier: Apache-2.0
// The guest's end of a console, on the pages of a FakeMachine's domain.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include <lintel/console.h>
#include <lintel/device.h>

#include "builder/layout.hpp"
#include "fakes/fake_machine.hpp"
#include "fakes/ring_start.hpp"

namespace lintel {

class ConsoleGuest {
public:
    static constexpr std::uint32_t slots = 1u << LINTEL_CONSOLE_ORDER;

    ConsoleGuest(FakeMachine& machine, std::uint32_t domain)
        : machine_{machine},
          domain_{domain},
          memory_{machine.page(domain, GuestLayout::console_gpa, GuestLayout::console_pages)}
    {
        lintel_device device{};
        const auto page = machine.read(domain, GuestLayout::devices_gpa + 4096, sizeof device);
        std::memcpy(&device, page.data(), sizeof device);
        port_ = device.port;
        attach();
    }

    void attach()
    {
        lintel_ring_attach_producer(&output_, memory_, sizeof(lintel_console_slot),
                                    LINTEL_CONSOLE_ORDER);
        lintel_ring_attach_consumer(&input_, memory_ + 4096, sizeof(lintel_console_slot),
                                    LINTEL_CONSOLE_ORDER);
    }

    // As much as there is room for; what is left over.
    std::string_view say(std::string_view text)
    {
        while (!text.empty()) {
            lintel_console_slot slot{};
            slot.bytes =
                static_cast<std::uint16_t>(std::min<std::size_t>(text.size(), LINTEL_CONSOLE_TEXT));
            std::memcpy(slot.text, text.data(), slot.bytes);
            if (lintel_ring_put(&output_, &slot, sizeof slot) <= 0)
                break;
            text.remove_prefix(slot.bytes);
        }
        if (lintel_ring_publish(&output_) > 0)
            notify();
        return text;
    }

    std::string hear()
    {
        std::string text;
        lintel_console_slot slot;
        while (lintel_ring_take(&input_, &slot, sizeof slot) > 0)
            text.append(reinterpret_cast<const char*>(slot.text), slot.bytes);
        if (lintel_ring_release(&input_) > 0)
            notify();
        lintel_ring_await_items(&input_, 1);
        return text;
    }

    void notify() { machine_.notify(domain_, port_); }
    // What a guest cannot have filled: each slot.
    void break_output()
    {
        for (std::uint32_t n = 0; n < slots; n++)
            set_lap(memory_, sizeof(lintel_console_slot), LINTEL_CONSOLE_ORDER, n,
                    0x8000ull << LINTEL_RING_LAP_SHIFT);
    }
    void fill_output(std::uint32_t n)
    {
        fill_slot(memory_, sizeof(lintel_console_slot), LINTEL_CONSOLE_ORDER, n);
    }
    lintel_console_slot& output_slot(unsigned n)
    {
        return reinterpret_cast<lintel_console_slot*>(memory_ + LINTEL_RING_HEADER)[n];
    }

private:
    FakeMachine& machine_;
    std::uint32_t domain_;
    std::byte* memory_;
    std::uint32_t port_ = 0;
    lintel_ring_producer output_{};
    lintel_ring_consumer input_{};
};

} // namespace lintel
