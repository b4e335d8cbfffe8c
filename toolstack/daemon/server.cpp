// SPDX-License-Identifier: Apache-2.0
#include "daemon/server.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "daemon/log.hpp"

namespace lintel {

Server::~Server()
{
    clients_.clear();
    if (!socket_)
        return;
    loop_.forget(socket_.get());
    ::unlink(path_.c_str());
}

Outcome<> Server::listen(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return Failure{ENAMETOOLONG, path + ": too long for a socket; choose a shorter folder"};
    std::memcpy(address.sun_path, path.data(), path.size());
    UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket)
        return system_failure(path, errno);
    ::unlink(path.c_str()); // nobody listens there: whoever runs has the lock on the folder
    const auto mask = ::umask(0077);
    const int bound =
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int error = errno;
    ::umask(mask);
    errno = error;
    if (bound != 0 || ::listen(socket.get(), 16) != 0)
        return system_failure(path, errno);
    socket_ = std::move(socket);
    path_ = path;
    loop_.watch(socket_.get(), EPOLLIN, [this](std::uint32_t) { accept(); });
    return {};
}

void Server::accept()
{
    UniqueFd socket{::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!socket)
        return; // gone already, or no descriptor left: it is asked for again
    const auto id = ++last_;
    auto client = std::make_unique<Client>(
        loop_, std::move(socket), id, Client::Handlers{handler_, [this](Client& c) { gone(c); }});
    auto& accepted = *client;
    clients_.emplace(id, std::move(client));
    if (clients_.size() > most_clients) {
        proto::Reply reply;
        reply.mutable_failure()->set_code(EAGAIN);
        reply.mutable_failure()->set_text(
            fmt::format("linteld serves {} clients already; end one", most_clients));
        accepted.reply(0, std::move(reply));
        accepted.close();
    }
}

// It is in the middle of something: deleted by the next step of the loop.
void Server::gone(const Client& client)
{
    loop_.after(std::chrono::milliseconds{0}, [this, id = client.id()] { clients_.erase(id); });
}

Client* Server::find(Client::Id id)
{
    const auto found = clients_.find(id);
    return found == clients_.end() ? nullptr : found->second.get();
}

} // namespace lintel
