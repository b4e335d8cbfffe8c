// SPDX-License-Identifier: Apache-2.0
// linteld: options, signals, the loop.
#include "daemon/main.hpp"

#include <csignal>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <CLI/CLI.hpp>

#include "daemon/daemon.hpp"
#include "daemon/log.hpp"
#include "liblintel/linux_device.hpp"

namespace lintel {
namespace {

constexpr const char* default_folder = "/run/lintel";

struct Options {
    std::string folder = default_folder;
    std::string log;
    std::string block = "lintel-block";
};

// SIGINT and SIGTERM as readable bytes.
UniqueFd end_signals()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    return UniqueFd{::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)};
}

Outcome<> serve(const Options& options)
{
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGIO, SIG_IGN); // somebody waits for a kernel file: builder/steady_file.hpp
    TRY(log::start(options.log));
    const auto device = TRY(LinuxDevice::open());
    Control control{*device};
    Loop loop;
    const auto daemon =
        TRY(Daemon::start(loop, control, options.folder, dom0_disk_host(options.block)));
    const auto signals = end_signals();
    bool end = false;
    loop.watch(signals.get(), EPOLLIN, [&end](std::uint32_t) { end = true; });
    log::info("ready: {}", Daemon::socket_in(options.folder));
    while (!end)
        loop.step(std::chrono::hours{1});
    log::info("ends; guests go on");
    loop.forget(signals.get());
    return {};
}

} // namespace

int linteld_main(int argc, char** argv)
{
    Options options;
    CLI::App app{"Lintel's daemon: owns the guests of this machine. Runs in the foreground.",
                 "linteld"};
    app.add_option("--folder", options.folder, "socket and state are kept here")
        ->capture_default_str();
    app.add_option("--log", options.log, "log into this file instead of standard error");
    app.add_option("--block", options.block, "program that serves disks")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    const auto served = serve(options);
    if (served.ok())
        return 0;
    fmt::print(stderr, "linteld: {}\n", served.error().text);
    return 1;
}

} // namespace lintel
