// SPDX-License-Identifier: Apache-2.0
#include "daemon/daemon.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include <lintel/event.h>

namespace lintel {
namespace {

// Let go of by the kernel when the process ends, however it ends.
Outcome<UniqueFd> lock_folder(const std::string& folder)
{
    const auto path = folder + "/linteld.lock";
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return system_failure(folder, errno);
    UniqueFd lock{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!lock)
        return system_failure(path, errno);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        return Failure{EBUSY, folder + ": another linteld runs here; end it first"};
    return lock;
}

} // namespace

Daemon::Daemon(Loop& loop, Control& control, StateFolder state, UniqueFd lock, DiskHost host)
    : loop_{loop},
      control_{control},
      lock_{std::move(lock)},
      guests_{loop, control, std::move(state), std::move(host)},
      server_{loop, [this](Client& client,
                           const proto::Request& request) { service_.handle(client, request); }},
      service_{control, guests_, [this](Client::Id id) { return server_.find(id); }}
{
}

Daemon::~Daemon()
{
    if (watching_)
        loop_.forget(control_.descriptor());
}

Outcome<std::unique_ptr<Daemon>> Daemon::start(Loop& loop, Control& control,
                                               const std::string& folder, DiskHost host)
{
    auto lock = TRY(lock_folder(folder));
    auto state = TRY(StateFolder::open(folder + "/domains"));
    std::unique_ptr<Daemon> daemon{
        new Daemon{loop, control, std::move(state), std::move(lock), std::move(host)}};
    TRY(daemon->begin(folder));
    return daemon;
}

Outcome<> Daemon::begin(const std::string& folder)
{
    changes_ = TRY(control_.bind_virq(
        LINTEL_VIRQ_DOMAIN)); // before the first look, so that no change is missed
    loop_.watch(control_.descriptor(), EPOLLIN, [this](std::uint32_t) { on_ports(); });
    watching_ = true;
    guests_.recover();
    return server_.listen(Daemon::socket_in(folder));
}

void Daemon::on_ports()
{
    std::array<LocalPort, 64> ports;
    const auto fired = control_.fired(ports);
    if (!fired.ok())
        return;
    const auto heard = std::span{ports}.first(fired.value());
    for (const auto port : heard) {
        if (port == changes_.number())
            guests_.look_for_ends();
        else
            guests_.port_fired(port);
    }
    // After the work: what came meanwhile fires again now.
    control_.unmask(heard);
}

} // namespace lintel
