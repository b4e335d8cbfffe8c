// SPDX-License-Identifier: Apache-2.0
#include "cli/attach.hpp"

#include <poll.h>

#include <array>

#include <fmt/format.h>

#include "cli/raw_terminal.hpp"
#include "proto/json.hpp"

namespace lintel {
namespace {

constexpr char detach_key = 0x1d; // Ctrl-]

enum class Input {
    open,
    ended,
    detached,
};

Input pass_input(Connection& connection, int fd)
{
    std::array<char, 4096> buffer;
    const ssize_t bytes = ::read(fd, buffer.data(), buffer.size());
    if (bytes < 0 && (errno == EINTR || errno == EAGAIN))
        return Input::open;
    if (bytes <= 0)
        return Input::ended;
    std::string_view text{buffer.data(), static_cast<std::size_t>(bytes)};
    const auto key = text.find(detach_key);
    proto::Request request;
    request.set_input(std::string{text.substr(0, key)});
    if (!request.input().empty())
        connection.queue(request);
    return key == std::string_view::npos ? Input::open : Input::detached;
}

// Shows what has come; the end, if that is among it.
std::optional<proto::End> show_events(Connection& connection, const Streams& streams)
{
    while (const auto event = connection.next_event()) {
        if (event->has_end())
            return event->end();
        if (event->kind_case() == proto::Event::kOutput)
            streams.print(event->output());
        else if (event->kind_case() == proto::Event::kLost)
            streams.print(
                fmt::format("\r\n[{} bytes of output were lost: too fast for this terminal]\r\n",
                            event->lost()));
    }
    return {};
}

Outcome<> step(Connection& connection, const Streams& streams, Input& input)
{
    // Input waits until what was typed before has left.
    const bool reads = input == Input::open && !connection.has_queued();
    std::array<pollfd, 2> wanted{{
        {connection.descriptor(),
         static_cast<short>(POLLIN | (connection.has_queued() ? POLLOUT : 0)), 0},
        {reads ? streams.in : -1, POLLIN, 0},
    }};
    if (::poll(wanted.data(), wanted.size(), -1) < 0)
        return {};
    if ((wanted[1].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) != 0)
        input = pass_input(connection, streams.in);
    if (connection.has_queued())
        TRY(connection.send_some());
    if ((wanted[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        TRY(connection.receive_some());
    return {};
}

ExitStatus tell_end(const Streams& streams, const std::string& name, const proto::End& end)
{
    streams.complain(streams.json ? to_json(end) + '\n' : end_sentence(name, end) + '\n');
    return exit_status(end);
}

} // namespace

std::string end_sentence(const std::string& name, const proto::End& end)
{
    const auto why = end.text().empty() ? "" : ": " + end.text();
    switch (end.how()) {
    case proto::End::POWEROFF:
        return fmt::format("lintel: {} has powered off", name);
    case proto::End::HALT:
        return fmt::format("lintel: {} has halted", name);
    case proto::End::REBOOT:
        return fmt::format("lintel: {} wants to be started again", name);
    case proto::End::CRASH:
        return fmt::format("lintel: {} has crashed{}", name, why);
    case proto::End::DESTROYED:
        return fmt::format("lintel: {} was destroyed", name);
    default:
        return fmt::format("lintel: {} has ended{}", name, why);
    }
}

ExitStatus stay_attached(Connection& connection, const Streams& streams, const std::string& name)
{
    std::optional<RawTerminal> terminal{std::in_place, streams.in};
    if (terminal->present())
        streams.complain(fmt::format("lintel: your keys go to {}; Ctrl-] leaves\r\n", name));
    auto input = Input::open;
    for (;;) {
        if (const auto end = show_events(connection, streams)) {
            terminal.reset();
            return tell_end(streams, name, *end);
        }
        if (input == Input::detached && !connection.has_queued()) {
            terminal.reset();
            streams.complain(fmt::format("\nlintel: left {}, which goes on\n", name));
            return ExitStatus::detached;
        }
        const auto done = step(connection, streams, input);
        if (!done.ok()) {
            terminal.reset();
            streams.complain(
                fmt::format("lintel: {}; {} goes on, 'lintel console {}' attaches again\n",
                            done.error().text, name, name));
            return ExitStatus::connection_lost;
        }
    }
}

} // namespace lintel
