// SPDX-License-Identifier: Apache-2.0
#include "cli/raw_terminal.hpp"

#include <csignal>
#include <termios.h>
#include <unistd.h>

namespace lintel {
namespace {

constexpr int ending[] = {SIGHUP, SIGTERM};

int terminal;
termios before;

// Async-signal-safe: tcsetattr, signal and raise are.
void put_right_and_end(int signal)
{
    ::tcsetattr(terminal, TCSANOW, &before);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

} // namespace

RawTerminal::RawTerminal(int fd) : present_{::isatty(fd) == 1 && ::tcgetattr(fd, &before) == 0}
{
    if (!present_)
        return;
    terminal = fd;
    for (const int signal : ending)
        std::signal(signal, put_right_and_end);
    auto raw = before;
    ::cfmakeraw(&raw);
    ::tcsetattr(fd, TCSANOW, &raw);
}

RawTerminal::~RawTerminal()
{
    if (!present_)
        return;
    ::tcsetattr(terminal, TCSADRAIN, &before);
    for (const int signal : ending)
        std::signal(signal, SIG_DFL);
}

} // namespace lintel
