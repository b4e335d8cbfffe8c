// SPDX-License-Identifier: Apache-2.0
#include "daemon/service.hpp"

#include <cerrno>

#include "daemon/replies.hpp"

namespace lintel {

void Service::handle(Client& client, const proto::Request& request)
{
    const auto id = client.id();
    auto answer = act(client, request);
    auto* const asker = answer ? find_(id) : nullptr;
    if (asker != nullptr)
        asker->reply(request.id(), answer->ok() ? answer->take() : failed(answer->error()));
}

std::optional<Service::Answer> Service::act(Client& client, const proto::Request& request)
{
    switch (request.kind_case()) {
    case proto::Request::kCreate:
        return create(client, request.create());
    case proto::Request::kDestroy:
        return destroy(client, request);
    case proto::Request::kShutdown:
        return shut_down(client, request);
    case proto::Request::kPause:
        return when_done(guests_.pause(request.pause().name()));
    case proto::Request::kUnpause:
        return when_done(guests_.unpause(request.unpause().name()));
    case proto::Request::kList:
        return list();
    case proto::Request::kInfo:
        return info(request.info().name());
    case proto::Request::kMachine:
        return machine();
    case proto::Request::kAttach:
        return attach(client, request.attach().name());
    case proto::Request::kInput:
        return input(client, request.input());
    case proto::Request::kLog:
        return log(request.log().position());
    case proto::Request::kDetach:
        client.detach();
        return done();
    case proto::Request::kAttachDisk:
        return attach_disk(request.attach_disk());
    case proto::Request::kDetachDisk:
        return detach_disk(client, request);
    case proto::Request::kResizeDisk:
        return when_done(guests_.resize_disk(request.resize_disk().guest(),
                                             request.resize_disk().disk(),
                                             request.resize_disk().bytes()));
    case proto::Request::kDisks:
        return disks(request.disks().name());
    case proto::Request::KIND_NOT_SET:
        break;
    }
    return Failure{ENOSYS,
                   "linteld does not know this request: are lintel and linteld of one version?"};
}

} // namespace lintel
