// SPDX-License-Identifier: Apache-2.0
// The command line: what there is, and which function does it.
#include "cli/main.hpp"

#include <algorithm>
#include <cerrno>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "proto/json.hpp"

namespace lintel {
namespace {

constexpr const char* exit_statuses = "exit status: 0 done, or the guest has powered off or "
                                      "halted; 1 failed; 2 wrong usage or configuration;\n"
                                      "of a guest (create -c, console, shutdown --wait): 64 reboot "
                                      "wanted, 65 crashed, 66 destroyed;\n"
                                      "67 detached by Ctrl-], 68 the connection to linteld is lost";

using Run = Ending (*)(const Command&, const Streams&);

struct Parser {
    CLI::App app{"Runs guests on Lintel.", "lintel"};
    Command command;
    bool json = false;
    Run run = nullptr;

    Parser();
    void add_disk_commands();

    CLI::App* add(CLI::App& parent, const char* name, const char* help, Run function)
    {
        auto* const sub = parent.add_subcommand(name, help);
        sub->fallthrough(); // --json may stand behind the command too
        sub->callback([this, function] { run = function; });
        return sub;
    }
    CLI::App* named(const char* name, const char* help, Run function)
    {
        auto* const sub = add(app, name, help, function);
        sub->add_option("name", command.name, "the guest's name")->required();
        return sub;
    }
};

Parser::Parser()
{
    app.require_subcommand(1);
    app.footer(exit_statuses);
    app.add_flag("--json", json, "print what programs can read");
    app.add_option("--socket", command.socket, "where linteld listens")->capture_default_str();

    auto* const making =
        add(app, "create", "make a guest from a configuration and start it", create);
    making->add_option("file", command.file, "the configuration: lintel.cfg(5)")->required();
    making->add_flag("-c,--console", command.console, "stay attached to its console until it ends");
    making->add_flag("--paused", command.paused, "do not start it: 'lintel unpause' does");

    named("destroy", "end a guest at once and give its memory back", destroy);
    auto* const ending = named("shutdown", "ask a guest to power off", shut_down);
    ending->add_flag("--reboot", command.reboot, "ask it to reboot");
    auto* const wait = ending->add_flag("--wait", command.wait, "until it has ended and is gone");
    ending->add_option("--timeout", command.seconds, "seconds to wait at most")->needs(wait);
    add(app, "list", "show all domains", list);
    auto* const telling = add(app, "info", "figures of a guest, or of the machine", info);
    telling->add_option("name", command.name, "the guest's name, or dom0");
    named("console", "attach to a guest's console; Ctrl-] leaves", console);
    named("pause", "stop a guest's processors", pause);
    named("unpause", "let them go on", unpause);
    add(app, "dmesg", "print the hypervisor's log", dmesg);

    add_disk_commands();

    auto* const config = app.add_subcommand("config", "about configurations");
    config->fallthrough();
    config->require_subcommand(1);
    auto* const checking =
        add(*config, "check", "say whether a configuration is good", check_config);
    checking->add_option("file", command.file, "the configuration")->required();
    add(*config, "help", "list what a configuration may hold", explain_config);
}

void Parser::add_disk_commands()
{
    auto* const disk = app.add_subcommand("disk", "about disks of guests that run");
    disk->fallthrough();
    disk->require_subcommand(1);
    const auto of_guest = [&](const char* name, const char* help, Run function) {
        auto* const sub = add(*disk, name, help, function);
        sub->add_option("guest", command.name, "the guest's name")->required();
        sub->add_option("disk", command.disk.name, "the disk's name, /dev/NAME in the guest")
            ->required();
        return sub;
    };
    auto* const attaching = of_guest("attach", "give a guest one more disk", attach_disk);
    attaching->add_option("path", command.disk.path, "raw image file, or block device")->required();
    attaching->add_flag("--read-only", command.disk.read_only, "the guest cannot write");
    attaching->add_option("--sector", command.disk.sector_bytes, "bytes of a sector, 512 or 4096");
    attaching->add_option("--queues", command.disk.queues, "how many, 1 to 16");
    attaching->add_option("--pool-pages", command.disk.pool_pages,
                          "pages of memory by which each queue's data goes");
    attaching->add_option("--operations", command.disk.operations, "requests a second, at most");
    attaching->add_option("--bytes", command.disk.bytes_per_second, "bytes a second, at most");
    auto* const detaching = of_guest("detach", "take a disk away from a guest", detach_disk);
    detaching
        ->add_option("--timeout", command.disk.seconds,
                     "seconds that the guest may take to let go of it")
        ->capture_default_str();
    auto* const listing = add(*disk, "list", "show disks and what they have done", list_disks);
    listing->add_option("guest", command.name, "the guest's name; all if left out");
    auto* const resizing = of_guest("resize", "make a disk larger", resize_disk);
    resizing
        ->add_option("size", command.disk.bytes,
                     "bytes, or with K, M, G, T; if left out, what the image has by now")
        ->transform(CLI::AsSizeValue(false));
}

void complain(const Streams& streams, const std::string& text)
{
    streams.complain(streams.json ? fmt::format("{{\"error\":{}}}\n", json_string(text))
                                  : fmt::format("lintel: {}\n", text));
}

std::string one_line(std::string text)
{
    text.erase(std::find(text.begin(), text.end(), '\n'), text.end());
    return text;
}

// What CLI11 reports: help is not a mistake.
int end_parsing(Parser& parser, const CLI::ParseError& error, Streams streams)
{
    streams.json = parser.json;
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
        const CLI::App* chosen = &parser.app;
        while (!chosen->get_subcommands().empty())
            chosen = chosen->get_subcommands().back();
        streams.print(chosen->help());
        return static_cast<int>(ExitStatus::done);
    }
    complain(streams, one_line(error.what()) + "; 'lintel --help' shows how it is used");
    return static_cast<int>(ExitStatus::usage);
}

} // namespace

int lintel_main(const std::vector<std::string>& arguments, Streams streams)
{
    Parser parser;
    try {
        parser.app.parse(std::vector<std::string>{arguments.rbegin(), arguments.rend()});
    } catch (const CLI::ParseError& error) {
        return end_parsing(parser, error, streams);
    }
    streams.json = parser.json;
    const auto ending = parser.run(parser.command, streams);
    if (ending.ok())
        return static_cast<int>(ending.value());
    complain(streams, ending.error().text);
    return static_cast<int>(ending.error().code == EINVAL ? ExitStatus::usage : ExitStatus::failed);
}

} // namespace lintel
