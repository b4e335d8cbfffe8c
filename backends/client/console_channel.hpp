// SPDX-License-Identifier: Apache-2.0
// A console's two rings: text in both directions. Contract: docs/abi/devices.md#console.
//
// The other side is not trusted: it can cost the caller this console and a bounded time for each
// call.
#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>

#include <lintel/console.h>

#include "client/ring.hpp"

namespace lintel::client {

// What the other side did. It does not go away; the caller leaves the rings alone from then on.
enum class ConsoleFault {
    none,
    output_ring, // of the ring from the guest
    output_length,
    input_ring, // of the ring to the guest
    input_length,
};

constexpr std::string_view text(ConsoleFault fault)
{
    switch (fault) {
    case ConsoleFault::none:
        return "nothing is wrong";
    case ConsoleFault::output_ring:
        return "an index or a lap of the output ring cannot be";
    case ConsoleFault::output_length:
        return "a slot of the output ring claims more text than fits it";
    case ConsoleFault::input_ring:
        return "an index or a lap of the input ring cannot be";
    case ConsoleFault::input_length:
        return "a slot of the input ring claims more text than fits it";
    }
    return "";
}

struct [[nodiscard]] Transfer {
    std::size_t bytes = 0; // of the caller's buffer, from its start
    bool more = false;     // more text may be there to be read now; else a notification comes
    ConsoleFault fault = ConsoleFault::none;
};

// One side of a console: text comes from one ring and goes into the other.
template <std::invocable Notify>
class TextChannel {
public:
    struct Faults {
        ConsoleFault incoming_ring;
        ConsoleFault incoming_length;
        ConsoleFault outgoing_ring;
    };

    TextChannel(std::span<std::byte> incoming, std::span<std::byte> outgoing, Notify notify,
                Faults faults)
        : incoming_{incoming, LINTEL_CONSOLE_ORDER, notify},
          outgoing_{outgoing, LINTEL_CONSOLE_ORDER, std::move(notify)},
          faults_{faults}
    {
        if (incoming_.broken())
            fault_ = faults_.incoming_ring;
        else if (outgoing_.broken())
            fault_ = faults_.outgoing_ring;
    }

    ConsoleFault fault() const { return fault_; }

    // As many slots as surely fit the buffer, which holds at least LINTEL_CONSOLE_TEXT bytes.
    Transfer receive(std::span<char> buffer)
    {
        assert(buffer.size() >= LINTEL_CONSOLE_TEXT);
        if (fault_ != ConsoleFault::none)
            return {0, false, fault_};
        std::size_t bytes = 0;
        const auto most = static_cast<std::uint32_t>(buffer.size() / LINTEL_CONSOLE_TEXT);
        const Step left = incoming_.drain(most, [&](const lintel_console_slot& slot) {
            if (slot.bytes > LINTEL_CONSOLE_TEXT)
                fault_ = faults_.incoming_length;
            if (fault_ != ConsoleFault::none)
                return;
            std::memcpy(buffer.data() + bytes, slot.text, slot.bytes);
            bytes += slot.bytes;
        });
        if (left == Step::broken && fault_ == ConsoleFault::none)
            fault_ = faults_.incoming_ring;
        return {bytes, left == Step::done && fault_ == ConsoleFault::none, fault_};
    }

    // Fewer bytes than there are: the ring is full, and a notification comes when it has room
    // again.
    Transfer send(std::span<const char> text)
    {
        std::size_t bytes = 0;
        while (fault_ == ConsoleFault::none && bytes < text.size()) {
            const auto part = text.subspan(
                bytes, std::min<std::size_t>(text.size() - bytes, LINTEL_CONSOLE_TEXT));
            Step put = outgoing_.put(pack(part));
            if (put == Step::done)
                bytes += part.size();
            else if (put == Step::none)
                put = outgoing_.await_room();
            if (put == Step::broken)
                fault_ = faults_.outgoing_ring;
            if (put == Step::none)
                break;
        }
        outgoing_.publish();
        return {bytes, false, fault_};
    }

private:
    static lintel_console_slot pack(std::span<const char> text)
    {
        lintel_console_slot slot{};
        slot.bytes = static_cast<std::uint16_t>(text.size());
        std::memcpy(slot.text, text.data(), text.size());
        return slot;
    }

    Consumer<lintel_console_slot, Notify> incoming_;
    Producer<lintel_console_slot, Notify> outgoing_;
    Faults faults_;
    ConsoleFault fault_ = ConsoleFault::none;
};

using ConsolePages = std::span<std::byte, LINTEL_CONSOLE_PAGES * std::size_t{4096}>;

// The backend's side. Attaches to new rings or to those that an earlier backend has served; in the
// second case the caller notifies the guest once.
template <std::invocable Notify>
class ConsoleChannel {
public:
    ConsoleChannel(ConsolePages pages, Notify notify)
        : channel_{
              pages.first(pages.size() / 2),
              pages.last(pages.size() / 2),
              std::move(notify),
              {ConsoleFault::output_ring, ConsoleFault::output_length, ConsoleFault::input_ring}}
    {
    }

    ConsoleFault fault() const { return channel_.fault(); }
    Transfer read_output(std::span<char> buffer) { return channel_.receive(buffer); }
    Transfer write_input(std::span<const char> text) { return channel_.send(text); }

private:
    TextChannel<Notify> channel_;
};

// The guest's side, for tests.
template <std::invocable Notify>
class ConsoleTwin {
public:
    ConsoleTwin(ConsolePages pages, Notify notify)
        : channel_{
              pages.last(pages.size() / 2),
              pages.first(pages.size() / 2),
              std::move(notify),
              {ConsoleFault::input_ring, ConsoleFault::input_length, ConsoleFault::output_ring}}
    {
    }

    ConsoleFault fault() const { return channel_.fault(); }
    Transfer read_input(std::span<char> buffer) { return channel_.receive(buffer); }
    Transfer write_output(std::span<const char> text) { return channel_.send(text); }

private:
    TextChannel<Notify> channel_;
};

} // namespace lintel::client
