// SPDX-License-Identifier: Apache-2.0
#include "cli/connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fmt/format.h>

namespace lintel {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_message = 4 << 20;
constexpr auto patience = 3s;
constexpr auto pause_between = 50ms;

Failure lost(const std::string& why)
{
    return Failure{ECONNRESET, "the connection to linteld is lost: " + why};
}

int connect_once(const std::string& path, UniqueFd& socket)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return ENAMETOOLONG;
    std::memcpy(address.sun_path, path.data(), path.size());
    socket = UniqueFd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    return socket && ::connect(socket.get(), generic, sizeof address) == 0 ? 0 : errno;
}

} // namespace

Connection::Connection(UniqueFd socket) : socket_{std::move(socket)}, reader_{longest_message} {}

Outcome<Connection> Connection::open(const std::string& path)
{
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        UniqueFd socket;
        const int error = connect_once(path, socket);
        if (error == 0)
            return Connection{std::move(socket)};
        const bool absent = error == ENOENT || error == ECONNREFUSED;
        if (!absent || std::chrono::steady_clock::now() > end)
            return Failure{
                error, fmt::format("{}: {}; {}", path, std::strerror(error),
                                   absent ? "is linteld running?" : "linteld serves root only")};
        std::this_thread::sleep_for(pause_between);
    }
}

void Connection::queue(const proto::Request& request)
{
    append_frame(out_, request);
}

Outcome<> Connection::send_some()
{
    const ssize_t bytes =
        ::send(socket_.get(), out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (bytes >= 0)
        out_.erase(0, static_cast<std::size_t>(bytes));
    else if (errno != EAGAIN && errno != EINTR)
        return lost(std::strerror(errno));
    return {};
}

Outcome<> Connection::receive_some()
{
    std::array<char, 65536> buffer;
    const ssize_t bytes = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (bytes < 0 && errno == EINTR)
        return {};
    if (bytes <= 0)
        return lost(bytes == 0 ? "linteld has ended" : std::strerror(errno));
    reader_.feed({buffer.data(), static_cast<std::size_t>(bytes)});
    return sort();
}

Outcome<> Connection::sort()
{
    while (const auto frame = reader_.next()) {
        proto::FromDaemon message;
        if (!message.ParseFromArray(frame->data(), static_cast<int>(frame->size())))
            return lost("it sends what is no message; are lintel and linteld of one version?");
        if (message.has_event())
            events_.push_back(std::move(*message.mutable_event()));
        else if (message.has_reply())
            replies_.push_back(std::move(*message.mutable_reply()));
    }
    if (reader_.broken())
        return lost("it sends what is no message; are lintel and linteld of one version?");
    return {};
}

Outcome<> Connection::wait(unsigned seconds)
{
    pollfd wanted{socket_.get(), static_cast<short>(POLLIN | (has_queued() ? POLLOUT : 0)), 0};
    const int ready = ::poll(&wanted, 1, seconds == 0 ? -1 : static_cast<int>(seconds * 1000));
    if (ready == 0)
        return Failure{ETIMEDOUT, fmt::format("not done within {} s; it goes on", seconds)};
    if ((wanted.revents & POLLOUT) != 0)
        TRY(send_some());
    if ((wanted.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        TRY(receive_some());
    return {};
}

Outcome<proto::Reply> Connection::ask(proto::Request request, unsigned seconds)
{
    request.set_id(++last_id_);
    queue(request);
    while (replies_.empty())
        TRY(wait(seconds));
    auto reply = std::move(replies_.front());
    replies_.pop_front();
    if (reply.has_failure()) // EINVAL is left to mistakes in what was typed
        return Failure{reply.failure().code() == EINVAL ? EPROTO : reply.failure().code(),
                       reply.failure().text()};
    return reply;
}

std::optional<proto::Event> Connection::next_event()
{
    if (events_.empty())
        return {};
    auto event = std::move(events_.front());
    events_.pop_front();
    return event;
}

} // namespace lintel
