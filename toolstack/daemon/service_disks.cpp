// SPDX-License-Identifier: Apache-2.0
// What clients ask of the disks of guests that run.
#include <algorithm>
#include <chrono>

#include "daemon/client_config.hpp"
#include "daemon/replies.hpp"
#include "daemon/service.hpp"

namespace lintel {

Service::Answer Service::attach_disk(const proto::AttachDisk& request)
{
    TRY(check(request.disk()));
    return when_done(guests_.attach_disk(request.guest(), request.disk()));
}

std::optional<Service::Answer> Service::detach_disk(const Client& client,
                                                    const proto::Request& request)
{
    constexpr std::uint32_t longest = 3600;
    const auto& wanted = request.detach_disk();
    const std::chrono::seconds most{std::min(wanted.seconds(), longest)};
    const auto begun = guests_.detach_disk(
        wanted.guest(), wanted.disk(), most,
        [find = find_, client = client.id(), id = request.id()](const Outcome<>& outcome) {
            if (auto* const asker = find(client); asker != nullptr)
                asker->reply(id, outcome.ok() ? done() : failed(outcome.error()));
        });
    if (!begun.ok())
        return begun.error();
    return {};
}

Service::Answer Service::disks(const std::string& name)
{
    const auto* const guest = name.empty() ? nullptr : TRY(guests_.find(name));
    proto::Reply reply;
    *reply.mutable_disks() = guests_.disks(guest);
    return reply;
}

} // namespace lintel
