// SPDX-License-Identifier: Apache-2.0
// Contract of the rings: docs/abi/rings.md and docs/abi/devices.md.
#include "daemon/console.hpp"

#include <array>

#include <lintel/device.h>

#include "builder/layout.hpp"
#include "daemon/log.hpp"

namespace lintel {
namespace {

constexpr std::size_t share = 128; // slots taken before others have their turn
constexpr std::size_t ring_slots = std::size_t{1} << LINTEL_CONSOLE_ORDER;

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

client::ConsolePages pages_in(const Mapping& area)
{
    return area.bytes().subspan<rings_offset, LINTEL_CONSOLE_PAGES * page_bytes>();
}

} // namespace

Console::Link::Link(Mapping guest_area, Port guest_port)
    : area{std::move(guest_area)}, port{std::move(guest_port)}, channel{pages_in(area), {&port}}
{
}

Outcome<> Console::connect(Control& control, DomainId domain, GuestPort port)
{
    auto area = TRY(control.map(domain, GuestLayout::devices_gpa, GuestLayout::area_pages));
    auto bound = TRY(control.bind(domain, port));
    link_.emplace(std::move(area), std::move(bound));
    if (link_->channel.fault() != client::ConsoleFault::none) {
        broken(link_->channel.fault());
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
bool Console::take_output(std::size_t slots)
{
    std::array<char, share * LINTEL_CONSOLE_TEXT> buffer;
    const auto taken =
        link_->channel.read_output(std::span{buffer}.first(slots * LINTEL_CONSOLE_TEXT));
    show({buffer.data(), taken.bytes});
    if (taken.fault != client::ConsoleFault::none)
        broken(taken.fault);
    return taken.more;
}

void Console::give_input()
{
    const bool was_full = input_full();
    const auto given = link_->channel.write_input(input_);
    input_.erase(0, given.bytes);
    if (given.fault != client::ConsoleFault::none)
        broken(given.fault);
    if (was_full && !input_full())
        for (auto* const viewer : std::vector{viewers_})
            viewer->input_room();
}

void Console::broken(client::ConsoleFault fault)
{
    log::warning("a guest has no console any more: {}", client::text(fault));
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
