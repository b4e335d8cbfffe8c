// SPDX-License-Identifier: Apache-2.0
// Making guests, and what clients ask of them.
#include "daemon/guests.hpp"

#include <cerrno>

#include <fmt/format.h>

#include "builder/build.hpp"
#include "daemon/log.hpp"
#include "proto/config_check.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t mib = 1ull << 20;

std::uint32_t seal_flags(const proto::DomainConfig& config)
{
    switch (config.page_tables()) {
    case proto::DomainConfig::SEALED:
        return LINTEL_DOMAIN_SEALED;
    case proto::DomainConfig::SEALED_OR_NESTED:
        return LINTEL_DOMAIN_SEALED | LINTEL_DOMAIN_SEAL_OR_NESTED;
    case proto::DomainConfig::SEALED_CHECKED:
        return LINTEL_DOMAIN_SEALED | LINTEL_DOMAIN_SEAL_CHECK;
    default:
        return 0;
    }
}

GuestSpec spec_of(const proto::DomainConfig& config)
{
    return {config.kernel(),           config.ramdisk(), config.cmdline(),
            config.memory_mib() * mib, config.vcpus(),   seal_flags(config),
            pool_pages_of(config)};
}

std::uint32_t number(DomainId domain)
{
    return static_cast<std::uint32_t>(domain);
}

} // namespace

Outcome<Guest*> Guests::find(const std::string& name)
{
    const auto found = guests_.find(name);
    if (found == guests_.end())
        return Failure{
            ENOENT,
            fmt::format("there is no guest '{}'; 'lintel list' shows those that exist", name)};
    return found->second.get();
}

const Guest* Guests::of(DomainId domain) const
{
    for (const auto& [name, guest] : guests_)
        if (guest->domain() == domain)
            return guest.get();
    return nullptr;
}

std::string Guests::name_of(DomainId domain) const
{
    const auto* const guest = of(domain);
    if (guest != nullptr)
        return guest->name();
    return domain == dom0 ? "dom0" : fmt::format("domain-{}", number(domain));
}

Outcome<Guest*> Guests::create(const proto::DomainConfig& config, bool paused,
                               const std::function<void(Console&)>& attach)
{
    if (guests_.contains(config.name()))
        return Failure{EEXIST,
                       fmt::format("there is a guest '{}' already; 'lintel destroy {}' ends it",
                                   config.name(), config.name())};
    TRY(check_disks(config));
    const auto begin = Loop::Clock::now();
    auto guest = std::make_unique<Guest>(shared());
    *guest->record.mutable_config() = config;
    TRY(make(*guest, paused, attach));
    auto* const made = guest.get();
    guests_.emplace(config.name(), std::move(guest));
    const auto taken =
        std::chrono::duration_cast<std::chrono::microseconds>(Loop::Clock::now() - begin);
    log::info("{}: is domain {}, {} MiB, {} vCPU(s){}; made within {} us", made->name(),
              made->record.domain(), config.memory_mib(), config.vcpus(), paused ? ", paused" : "",
              taken.count());
    return made;
}

// A domain for the guest, all or nothing.
Outcome<> Guests::make(Guest& guest, bool paused, const std::function<void(Console&)>& attach)
{
    const auto built = TRY(build_guest(control_, spec_of(guest.record.config())));
    guest.record.set_domain(number(built.domain));
    guest.record.set_devices_port(static_cast<std::uint32_t>(built.ports.directory));
    guest.record.set_console_port(static_cast<std::uint32_t>(built.ports.console));
    auto done = complete(guest, paused, attach);
    if (!done.ok()) {
        guest.disks.end();
        guest.console.disconnect();
        discard_domain(control_, built.domain);
        state_.remove(built.domain);
    }
    return done;
}

Outcome<> Guests::complete(Guest& guest, bool paused, const std::function<void(Console&)>& attach)
{
    const auto info = TRY(control_.domain_info(guest.domain()));
    guest.record.set_created_ns(info.created_ns);
    TRY(state_.save(guest.record)); // before there are backends, so that they are found in any case
    TRY(guest.disks.begin());
    TRY(state_.save(guest.record)); // with the disks' slots
    TRY(guest.console.connect(control_, guest.domain(), GuestPort{guest.record.console_port()}));
    if (!paused)
        TRY(control_.domain_unpause(guest.domain()));
    if (attach)
        attach(guest.console); // it cannot have been served yet, so nothing it says is missed
    return {};
}

Outcome<> Guests::destroy(const std::string& name, Waiter waiter)
{
    auto& guest = *TRY(find(name));
    guest.waiters.push_back(std::move(waiter));
    guest.restart = false;
    if (guest.phase == Guest::Phase::ending)
        return {};
    if (guest.phase == Guest::Phase::live)
        guest.end = make_end(proto::End::DESTROYED);
    begin_end(guest);
    return {};
}

Outcome<> Guests::shut_down(const std::string& name, ShutdownReason reason, Waiter waiter)
{
    auto& guest = *TRY(find(name));
    if (guest.phase == Guest::Phase::preserved)
        return Failure{EINVAL,
                       fmt::format("{}: has crashed; 'lintel destroy {}' ends it", name, name)};
    const auto info = TRY(control_.domain_info(guest.domain()));
    if (info.state == LINTEL_DOMAIN_PAUSED)
        return Failure{
            EAGAIN,
            fmt::format("{}: is paused and cannot hear it; 'lintel unpause {}' first", name, name)};
    TRY(control_.domain_shutdown(guest.domain(), reason));
    if (waiter)
        guest.waiters.push_back(std::move(waiter));
    return {};
}

Outcome<> Guests::pause(const std::string& name)
{
    return control_.domain_pause(TRY(find(name))->domain());
}

Outcome<> Guests::unpause(const std::string& name)
{
    return control_.domain_unpause(TRY(find(name))->domain());
}

void Guests::port_fired(LocalPort port)
{
    for (const auto& [name, guest] : guests_) {
        if (guest->console.port() == port)
            return guest->console.serve();
        if (guest->disks.port() == port)
            return guest->disks.serve();
    }
}

} // namespace lintel
