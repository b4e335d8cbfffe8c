// SPDX-License-Identifier: Apache-2.0
#include "daemon/client.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "daemon/console.hpp"

namespace lintel {
namespace {

constexpr std::size_t longest_request = 128 << 10; // a configuration, and room
constexpr std::size_t most_output = 128 << 10;     // console output waiting for one client
constexpr std::size_t most_queued = 256 << 10;     // anything waiting: no further requests

} // namespace

Client::Client(Loop& loop, UniqueFd socket, Id id, Handlers handlers)
    : loop_{loop},
      socket_{std::move(socket)},
      id_{id},
      handlers_{std::move(handlers)},
      reader_{longest_request},
      interest_{EPOLLIN}
{
    loop_.watch(socket_.get(), interest_, [this](std::uint32_t events) { on_events(events); });
}

Client::~Client()
{
    loop_.cancel(resume_);
    if (!gone_)
        leave_quietly();
}

void Client::send(const proto::FromDaemon& message)
{
    if (gone_)
        return;
    append_frame(out_, message);
    flush();
}

void Client::reply(std::uint64_t request, proto::Reply reply)
{
    proto::FromDaemon message;
    reply.set_id(request);
    *message.mutable_reply() = std::move(reply);
    send(message);
}

void Client::close()
{
    closing_ = true;
    flush();
}

void Client::attach(Console& console)
{
    detach();
    console_ = &console;
    console.attach(*this);
}

void Client::detach()
{
    if (console_ != nullptr)
        console_->detach(*this);
    console_ = nullptr;
}

void Client::output(std::string_view text)
{
    if (queued() > most_output) {
        lost_ += text.size();
        return;
    }
    tell_lost();
    proto::FromDaemon message;
    message.mutable_event()->set_output(text.data(), text.size());
    send(message);
}

void Client::tell_lost()
{
    if (lost_ == 0)
        return;
    proto::FromDaemon message;
    message.mutable_event()->set_lost(std::exchange(lost_, 0));
    send(message);
}

void Client::input_room()
{
    update_interest();
}

void Client::ended(const proto::End& end)
{
    console_ = nullptr;
    tell_lost();
    proto::FromDaemon message;
    *message.mutable_event()->mutable_end() = end;
    send(message);
}

void Client::on_events(std::uint32_t events)
{
    if ((events & EPOLLOUT) != 0)
        flush();
    if ((events & EPOLLIN) != 0 && !gone_)
        receive();
    if ((events & (EPOLLHUP | EPOLLERR)) != 0)
        leave();
    update_interest();
}

void Client::receive()
{
    std::array<char, 16384> buffer;
    const ssize_t bytes = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (bytes < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (bytes <= 0) {
        leave();
        return;
    }
    reader_.feed({buffer.data(), static_cast<std::size_t>(bytes)});
    handle_requests();
}

bool Client::stalled() const
{
    return closing_ || gone_ || queued() > most_queued ||
           (console_ != nullptr && console_->input_full());
}

void Client::handle_requests()
{
    while (!(held_ = stalled())) {
        const auto frame = reader_.next();
        if (!frame)
            break;
        proto::Request request;
        if (!request.ParseFromArray(frame->data(), static_cast<int>(frame->size()))) {
            leave();
            return;
        }
        handlers_.request(*this, request);
    }
    if (reader_.broken())
        leave();
}

void Client::flush()
{
    while (!gone_ && queued() > 0) {
        const ssize_t bytes =
            ::send(socket_.get(), out_.data() + sent_, queued(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (bytes < 0 && errno != EAGAIN && errno != EINTR)
            leave();
        if (bytes <= 0)
            break;
        sent_ += static_cast<std::size_t>(bytes);
    }
    // Moved when half of it has left, so that a byte is moved once and not with every send.
    if (sent_ * 2 >= out_.size()) {
        out_.erase(0, sent_);
        sent_ = 0;
    }
    if (closing_ && queued() == 0)
        leave();
    update_interest();
}

void Client::leave()
{
    if (gone_)
        return;
    leave_quietly();
    handlers_.gone(*this);
}

void Client::leave_quietly()
{
    gone_ = true;
    detach();
    loop_.forget(socket_.get());
}

// Goes on with requests that wait in the reader. Not at once: whoever made room is in the middle of
// its own work.
void Client::resume_later()
{
    held_ = false;
    loop_.cancel(resume_);
    resume_ = loop_.after(std::chrono::milliseconds{0}, [this] {
        handle_requests();
        update_interest();
    });
}

void Client::update_interest()
{
    if (lost_ != 0 && queued() <= most_output / 2)
        tell_lost(); // flushes, and comes back here
    if (gone_)
        return;
    if (held_ && !stalled())
        resume_later();
    const std::uint32_t wanted = (stalled() ? 0u : EPOLLIN) | (queued() > 0 ? EPOLLOUT : 0u);
    if (wanted != interest_)
        loop_.change(socket_.get(), interest_ = wanted);
}

} // namespace lintel
