// SPDX-License-Identifier: Apache-2.0
// Contract of the rings: docs/abi/rings.md and docs/abi/devices.md.
#include "daemon/console.hpp"

#include <algorithm>
#include <cstring>

#include <lintel/device.h>

#include "builder/layout.hpp"
#include "daemon/log.hpp"

namespace lintel {
namespace {

constexpr unsigned share = 128; // slots taken before others have their turn
constexpr unsigned ring_slots = 1u << LINTEL_CONSOLE_ORDER;
constexpr std::uint32_t slot_bytes = sizeof(lintel_console_slot);

// Within the device area.
constexpr std::size_t page_offset = GuestLayout::console_slot * page_bytes;
constexpr std::size_t rings_offset = GuestLayout::console_gpa - GuestLayout::devices_gpa;

// The guest waits for room in its ring only while somebody reads it.
void tell_state(const Mapping& area, std::uint32_t state)
{
    auto* const device = reinterpret_cast<lintel_device*>(area.at(page_offset));
    __atomic_store_n(&device->backend_state, state, __ATOMIC_RELEASE);
}

static_assert(LINTEL_CONSOLE_PAGES == GuestLayout::console_pages);
static_assert(LINTEL_RING_BYTES(slot_bytes, LINTEL_CONSOLE_ORDER) <= page_bytes);

} // namespace

Outcome<> Console::connect(Control& control, DomainId domain, GuestPort port)
{
    Link link{TRY(control.map(domain, GuestLayout::devices_gpa, GuestLayout::area_pages)),
              TRY(control.bind(domain, port)),
              {},
              {}};
    auto* const rings = link.area.at(rings_offset);
    const int output =
        lintel_ring_attach_consumer(&link.output, rings, slot_bytes, LINTEL_CONSOLE_ORDER);
    const int input = lintel_ring_attach_producer(&link.input, rings + page_bytes, slot_bytes,
                                                  LINTEL_CONSOLE_ORDER);
    link_.emplace(std::move(link));
    if (output != 0 || input != 0) {
        broken();
        return {};
    }
    tell_state(link_->area, LINTEL_STATE_CONNECTED);
    link_->port.notify(); // an earlier linteld may have died before it did
    serve();
    return {};
}

void Console::disconnect()
{
    loop_.cancel(again_);
    if (link_)
        tell_state(link_->area, LINTEL_STATE_ABSENT);
    link_.reset();
    input_.clear();
}

void Console::finish()
{
    // The guest runs no more: what is in the ring is all there will be.
    if (link_)
        take_output(ring_slots);
    disconnect();
}

std::optional<LocalPort> Console::port() const
{
    return link_ ? std::optional{link_->port.number()} : std::nullopt;
}

void Console::serve()
{
    if (!link_)
        return;
    const bool more = take_output(share);
    if (link_)
        give_input();
    if (more && link_) {
        loop_.cancel(again_);
        again_ = loop_.after(std::chrono::milliseconds{0}, [this] { serve(); });
    }
}

// True: there may be more; else a notification comes.
bool Console::take_output(unsigned slots)
{
    std::string text;
    int taken = 1;
    int waiting = 1;
    while (waiting > 0 && slots > 0) {
        lintel_console_slot slot;
        for (; slots > 0 && (taken = lintel_ring_take(&link_->output, &slot)) > 0; --slots) {
            if (slot.bytes > LINTEL_CONSOLE_TEXT) {
                taken = LINTEL_RING_BROKEN;
                break;
            }
            text.append(reinterpret_cast<const char*>(slot.text), slot.bytes);
        }
        if (lintel_ring_release(&link_->output) != 0)
            link_->port.notify();
        waiting = taken < 0 ? taken : slots > 0 ? lintel_ring_await_items(&link_->output, 1) : 1;
    }
    show(text);
    if (waiting < 0)
        broken();
    return waiting > 0;
}

void Console::give_input()
{
    const bool was_full = input_full();
    int room = 1;
    while (room > 0 && !input_.empty()) {
        lintel_console_slot slot{};
        slot.bytes =
            static_cast<std::uint16_t>(std::min<std::size_t>(input_.size(), LINTEL_CONSOLE_TEXT));
        std::memcpy(slot.text, input_.data(), slot.bytes);
        room = lintel_ring_put(&link_->input, &slot);
        if (room > 0)
            input_.erase(0, slot.bytes);
        if ((room == 0 || input_.empty()) && lintel_ring_publish(&link_->input) != 0)
            link_->port.notify();
        if (room == 0)
            room = lintel_ring_await_room(&link_->input, 1);
    }
    if (room < 0) {
        broken();
        return;
    }
    if (was_full && !input_full())
        for (auto* const viewer : std::vector{viewers_})
            viewer->input_room();
}

void Console::broken()
{
    log::warning("a guest broke the rules of its console's rings; it has no console any more");
    tell_state(link_->area, LINTEL_STATE_FAILED);
    link_.reset();
    disconnect();
    note("[this guest broke the rules of its console; nothing more can be shown]\r\n");
}

void Console::show(std::string_view text)
{
    if (text.empty())
        return;
    history_.add(text);
    for (auto* const viewer : std::vector{viewers_}) // one whose peer is gone detaches itself
        viewer->output(text);
}

void Console::note(std::string_view text)
{
    show(text);
}

void Console::attach(Viewer& viewer)
{
    viewers_.push_back(&viewer);
    if (!history_.text().empty())
        viewer.output(history_.text());
}

void Console::detach(Viewer& viewer)
{
    std::erase(viewers_, &viewer);
}

void Console::end(const proto::End& end)
{
    for (auto* const viewer : std::exchange(viewers_, {}))
        viewer->ended(end);
}

void Console::input(std::string_view text)
{
    if (!link_)
        return;
    input_.append(text);
    give_input();
}

} // namespace lintel
