// SPDX-License-Identifier: Apache-2.0
// What a new linteld makes of the domains that it finds.
#include "daemon/guests.hpp"

#include "builder/build.hpp"
#include "daemon/log.hpp"

namespace lintel {

void Guests::recover()
{
    std::uint32_t from = static_cast<std::uint32_t>(dom0) + 1;
    for (;;) {
        const auto info = control_.domain_info_next(DomainId{from});
        if (!info.ok())
            break;
        adopt(info.value());
        from = info.value().domain + 1;
    }
    look_for_ends();
}

void Guests::adopt(const lintel_domain_info& info)
{
    const DomainId domain{info.domain};
    auto record = state_.load(info);
    if (!record && info.state == LINTEL_DOMAIN_PAUSED && info.cpu_ns == 0) {
        log::info("domain {} was never finished; removing it", info.domain);
        discard_domain(control_, domain);
        return;
    }
    auto guest = std::make_unique<Guest>(shared());
    if (record) {
        guest->record = *record;
    } else { // not ours, or its record is lost: it can be seen and ended, no more
        guest->record.mutable_config()->set_name(name_of(domain));
        guest->record.set_domain(info.domain);
    }
    auto& adopted = *guest;
    const auto name = adopted.name();
    if (!guests_.emplace(name, std::move(guest)).second) {
        log::error("domain {} has the name '{}' of another; left alone", info.domain, name);
        return;
    }
    if (record) {
        const auto connected =
            adopted.console.connect(control_, domain, GuestPort{record->console_port()});
        if (!connected.ok())
            log::warning("{}: no console: {}", name, connected.error().text);
        if (const auto begun = adopted.disks.begin(); !begun.ok())
            log::warning("{}: not all disks: {}", name, begun.error().text);
    }
    log::info("{}: found as domain {}", name, info.domain);
    if (info.state == LINTEL_DOMAIN_DYING) {
        adopted.end = make_end(proto::End::DESTROYED);
        begin_end(adopted);
    }
}

} // namespace lintel
