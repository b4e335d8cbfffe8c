// SPDX-License-Identifier: Apache-2.0
// Ends of guests: noticed, answered as the configuration says, carried out.
#include "daemon/guests.hpp"

#include <cerrno>

#include <fmt/format.h>

#include <lintel/hypercall.h>

#include "daemon/log.hpp"

namespace lintel {
namespace {

using namespace std::chrono_literals;

constexpr auto busy_wait = 50ms;        // between looks whether frames are still mapped
constexpr auto crash_window = 60s;      // in which so many crashes
constexpr std::size_t most_crashes = 3; // are the last that RESTART answers by a restart

proto::End end_of(const lintel_domain_info& info)
{
    if (info.state == LINTEL_DOMAIN_CRASHED)
        return make_end(proto::End::CRASH, info.text);
    switch (info.reason) {
    case LINTEL_SHUTDOWN_POWEROFF:
        return make_end(proto::End::POWEROFF);
    case LINTEL_SHUTDOWN_HALT:
        return make_end(proto::End::HALT);
    case LINTEL_SHUTDOWN_REBOOT:
        return make_end(proto::End::REBOOT);
    default:
        return make_end(proto::End::CRASH, "the guest says that it crashed");
    }
}

} // namespace

void Guests::look_for_ends()
{
    std::vector<std::string> names; // a guest may leave the list while it is looked at
    for (const auto& [name, guest] : guests_)
        names.push_back(name);
    for (const auto& name : names)
        if (const auto found = guests_.find(name);
            found != guests_.end() && found->second->phase == Guest::Phase::live)
            look_at(*found->second);
}

void Guests::look_at(Guest& guest)
{
    const auto info = control_.domain_info(guest.domain());
    if (!info.ok()) { // somebody else has destroyed it
        guest.end = make_end(proto::End::DESTROYED);
        begin_end(guest);
        return;
    }
    if (info.value().state == LINTEL_DOMAIN_SHUT_DOWN ||
        info.value().state == LINTEL_DOMAIN_CRASHED) {
        guest.end = end_of(info.value());
        log::info("{}: {}{}{}", guest.name(), proto::End::How_Name(guest.end.how()),
                  guest.end.text().empty() ? "" : ": ", guest.end.text());
        if (guest.end.how() == proto::End::CRASH)
            crashed(guest);
        else
            begin_end(guest);
    }
}

void Guests::crashed(Guest& guest)
{
    switch (guest.record.config().on_crash()) {
    case proto::DomainConfig::PRESERVE:
        guest.console.finish();
        guest.disks.end();
        guest.phase = Guest::Phase::preserved;
        for (const auto& waiter : std::exchange(guest.waiters, {}))
            waiter(guest.end);
        guest.console.end(guest.end);
        return;
    case proto::DomainConfig::RESTART:
        guest.restart = may_restart(guest);
        break;
    case proto::DomainConfig::DESTROY:
        break;
    }
    begin_end(guest);
}

bool Guests::may_restart(Guest& guest)
{
    const auto now = Loop::Clock::now();
    std::erase_if(guest.crashes, [now](auto when) { return now - when > crash_window; });
    guest.crashes.push_back(now);
    if (guest.crashes.size() < most_crashes)
        return true;
    log::warning("{}: crashed {} times within a minute, and is not made anew", guest.name(),
                 most_crashes);
    guest.console.note(
        fmt::format("[{} crashed {} times within a minute, and is not made anew]\r\n", guest.name(),
                    most_crashes));
    return false;
}

void Guests::begin_end(Guest& guest)
{
    guest.phase = Guest::Phase::ending;
    guest.console.finish();
    guest.disks.end();
    tear_down(guest.name());
}

// One call at a time: domain_destroy does a piece, others have their turn, then it is called again.
void Guests::tear_down(const std::string& name)
{
    const auto found = guests_.find(name);
    if (found == guests_.end())
        return;
    auto& guest = *found->second;
    const auto gone_yet = control_.domain_destroy(guest.domain());
    const bool busy = !gone_yet.ok() && gone_yet.error().code == EBUSY;
    if (busy && !std::exchange(guest.told_busy, true))
        log::warning("{}: somebody still maps memory of domain {}; its end waits for them", name,
                     guest.record.domain());
    if (busy || (gone_yet.ok() && !gone_yet.value()))
        loop_.after(busy ? busy_wait : 0ms, [this, name] { tear_down(name); });
    else
        gone(guest);
}

void Guests::gone(Guest& guest)
{
    state_.remove(guest.domain());
    log::info("{}: domain {} is gone", guest.name(), guest.record.domain());
    if (guest.restart)
        make_anew(guest);
    else
        forget(guest);
}

void Guests::make_anew(Guest& guest)
{
    guest.console.note(fmt::format("[{} crashed{}{}; it is made anew]\r\n", guest.name(),
                                   guest.end.text().empty() ? "" : ": ", guest.end.text()));
    guest.record.set_restarts(guest.record.restarts() + 1);
    guest.phase = Guest::Phase::live;
    guest.restart = false;
    guest.told_busy = false;
    const auto made = make(guest, false, {});
    if (made.ok()) {
        log::info("{}: made anew as domain {}", guest.name(), guest.record.domain());
        return;
    }
    log::error("{}: cannot be made anew: {}", guest.name(), made.error().text);
    guest.end.set_text(guest.end.text() + "; it cannot be made anew: " + made.error().text);
    forget(guest);
}

// Out of the list first: whoever hears of the end may ask for the name at once.
void Guests::forget(Guest& guest)
{
    auto node = guests_.extract(guest.name());
    for (const auto& waiter : guest.waiters)
        waiter(guest.end);
    guest.console.end(guest.end);
}

} // namespace lintel
