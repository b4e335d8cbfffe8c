// SPDX-License-Identifier: Apache-2.0
#include "cli/ask.hpp"

#include "cli/connection.hpp"
#include "proto/json.hpp"

namespace lintel {

Outcome<proto::Reply> ask(const Command& command, const proto::Request& request)
{
    auto connection = TRY(Connection::open(command.socket));
    return connection.ask(request, command.seconds);
}

ExitStatus print(const Streams& streams, const google::protobuf::Message& message,
                 const std::string& text)
{
    streams.print(streams.json ? to_json(message) + '\n' : text);
    return ExitStatus::done;
}

Ending act_on(const Command& command, const Streams& streams, const proto::Request& request)
{
    const auto reply = TRY(ask(command, request));
    return print(streams, reply.done(), "");
}

} // namespace lintel
