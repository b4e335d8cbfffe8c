// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

#include <cerrno>

#include <fmt/format.h>

#include "cli/ask.hpp"
#include "cli/attach.hpp"
#include "cli/connection.hpp"
#include "cli/tables.hpp"
#include "proto/config_file.hpp"
#include "proto/config_help.hpp"
#include "proto/json.hpp"

namespace lintel {

Ending create(const Command& command, const Streams& streams)
{
    auto config = TRY(read_config(command.file));
    const auto name = config.name();
    proto::Request request;
    auto& wanted = *request.mutable_create();
    *wanted.mutable_config() = std::move(config);
    wanted.set_paused(command.paused);
    wanted.set_attach(command.console);
    auto connection = TRY(Connection::open(command.socket));
    const auto reply = connection.ask(request);
    if (!reply.ok())
        return Failure{reply.error().code, command.file + ": " + reply.error().text};
    if (command.console)
        return stay_attached(connection, streams, name);
    return print(streams, reply.value().domain(), "");
}

Ending destroy(const Command& command, const Streams& streams)
{
    proto::Request request;
    request.mutable_destroy()->set_name(command.name);
    const auto reply = TRY(ask(command, request));
    return print(streams, reply.end(), "");
}

Ending shut_down(const Command& command, const Streams& streams)
{
    proto::Request request;
    auto& wanted = *request.mutable_shutdown();
    wanted.set_name(command.name);
    wanted.set_reboot(command.reboot);
    wanted.set_wait(command.wait);
    const auto reply = TRY(ask(command, request));
    if (!command.wait)
        return print(streams, reply.done(), "");
    print(streams, reply.end(), "");
    if (!streams.json)
        streams.complain(end_sentence(command.name, reply.end()) + '\n');
    return exit_status(reply.end());
}

Ending list(const Command& command, const Streams& streams)
{
    proto::Request request;
    request.mutable_list();
    const auto reply = TRY(ask(command, request));
    return print(streams, reply.list(), domain_table(reply.list()));
}

Ending info(const Command& command, const Streams& streams)
{
    proto::Request request;
    if (command.name.empty())
        request.mutable_machine();
    else
        request.mutable_info()->set_name(command.name);
    const auto reply = TRY(ask(command, request));
    if (command.name.empty())
        return print(streams, reply.machine(), machine_figures(reply.machine()));
    return print(streams, reply.domain(), domain_figures(reply.domain()));
}

Ending console(const Command& command, const Streams& streams)
{
    proto::Request request;
    request.mutable_attach()->set_name(command.name);
    auto connection = TRY(Connection::open(command.socket));
    TRY(connection.ask(request));
    return stay_attached(connection, streams, command.name);
}

Ending pause(const Command& command, const Streams& streams)
{
    proto::Request request;
    request.mutable_pause()->set_name(command.name);
    return act_on(command, streams, request);
}

Ending unpause(const Command& command, const Streams& streams)
{
    proto::Request request;
    request.mutable_unpause()->set_name(command.name);
    return act_on(command, streams, request);
}

Ending dmesg(const Command& command, const Streams& streams)
{
    auto connection = TRY(Connection::open(command.socket));
    proto::LogText whole;
    bool more = true;
    while (more) {
        proto::Request request;
        request.mutable_log()->set_position(whole.position() + whole.text().size());
        const auto reply = TRY(connection.ask(request));
        const auto& piece = reply.log();
        if (!whole.text().empty() && piece.position() != whole.position() + whole.text().size())
            whole.mutable_text()->append("[some lines were overwritten]\n");
        else if (whole.text().empty())
            whole.set_position(piece.position());
        whole.mutable_text()->append(piece.text());
        whole.set_end(piece.end());
        more = !piece.text().empty() && piece.position() + piece.text().size() < piece.end();
    }
    return print(streams, whole, whole.text());
}

Ending check_config(const Command& command, const Streams& streams)
{
    const auto config = TRY(read_config(command.file));
    return print(streams, config, command.file + ": is a good configuration\n");
}

Ending explain_config(const Command&, const Streams& streams)
{
    const auto help = config_help();
    streams.print(streams.json ? "{\"help\":" + json_string(help) + "}\n" : help);
    return ExitStatus::done;
}

} // namespace lintel
