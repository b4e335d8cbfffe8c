// SPDX-License-Identifier: Apache-2.0
// What clients ask of guests' lives and consoles.
#include <cerrno>

#include "daemon/client_config.hpp"
#include "daemon/replies.hpp"
#include "daemon/service.hpp"

namespace lintel {

Service::Answer Service::create(Client& client, const proto::Create& request)
{
    TRY(check(request.config()));
    std::function<void(Console&)> attach;
    if (request.attach())
        attach = [&client](Console& console) { client.attach(console); };
    const auto* const guest = TRY(guests_.create(request.config(), request.paused(), attach));
    return info(guest->name());
}

Service::Answer Service::attach(Client& client, const std::string& name)
{
    auto& guest = *TRY(guests_.find(name));
    client.attach(guest.console);
    if (guest.phase == Guest::Phase::preserved) { // what it said is still to be seen
        client.detach();
        client.ended(guest.end);
    }
    return done();
}

std::optional<Service::Answer> Service::input(Client& client, const std::string& text)
{
    if (client.console() == nullptr)
        return Failure{EINVAL, "attached to no console"};
    client.console()->input(text);
    return {};
}

Guests::Waiter Service::answer_later(const Client& client, const proto::Request& request) const
{
    return [find = find_, client = client.id(), id = request.id()](const proto::End& end) {
        auto* const asker = find(client);
        if (asker == nullptr)
            return;
        proto::Reply reply;
        *reply.mutable_end() = end;
        asker->reply(id, std::move(reply));
    };
}

std::optional<Service::Answer> Service::destroy(Client& client, const proto::Request& request)
{
    const auto begun = guests_.destroy(request.destroy().name(), answer_later(client, request));
    if (!begun.ok())
        return begun.error();
    return {};
}

std::optional<Service::Answer> Service::shut_down(Client& client, const proto::Request& request)
{
    const auto& wanted = request.shutdown();
    const auto reason = wanted.reboot() ? ShutdownReason::reboot : ShutdownReason::poweroff;
    const auto waiter = wanted.wait() ? answer_later(client, request) : Guests::Waiter{};
    const auto asked = guests_.shut_down(wanted.name(), reason, waiter);
    if (asked.ok() && wanted.wait())
        return {};
    return when_done(asked);
}

} // namespace lintel
