// SPDX-License-Identifier: Apache-2.0
#include "daemon/backend_process.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fmt/format.h>

namespace lintel {
namespace {

constexpr int above_all = 256; // no descriptor that a program expects

// What is called between fork and exec may not allocate.
void be_backend(char* const* words, std::span<const int> files, int number, int said)
{
    const pid_t pid = ::getpid();
    [[maybe_unused]] const auto written = ::write(number, &pid, sizeof pid);
    ::setsid(); // what a terminal sends to linteld is not for it
    ::dup2(said, STDERR_FILENO);
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(nothing, STDOUT_FILENO);
    // Out of the way first, as one can have the number of another's place.
    for (std::size_t i = 0; i < files.size(); ++i)
        ::dup3(files[i], above_all + static_cast<int>(i), O_CLOEXEC);
    for (std::size_t i = 0; i < files.size(); ++i)
        ::dup2(above_all + static_cast<int>(i), BackendCommand::first_file + static_cast<int>(i));
    ::execvp(words[0], words);
    constexpr char complaint[] = "cannot be started: is lintel-block in PATH?\n";
    [[maybe_unused]] const auto said_so = ::write(STDERR_FILENO, complaint, sizeof complaint - 1);
    ::_exit(127);
}

std::string how_it_ended(int process)
{
    siginfo_t info{};
    if (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(process), &info,
                 WEXITED | WNOHANG) != 0 ||
        info.si_pid == 0)
        return "has ended"; // somebody else's child by now
    if (info.si_code == CLD_EXITED)
        return fmt::format("ended with status {}", info.si_status);
    return fmt::format("was ended by signal {}", info.si_status);
}

} // namespace

Outcome<BackendProcess> BackendProcess::start(Loop& loop, const BackendCommand& command, int number,
                                              int said, Ended ended)
{
    std::vector<char*> words;
    for (const auto& word : command.words)
        words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0)
        return system_failure(command.words[0], errno);
    if (pid == 0)
        be_backend(words.data(), command.files, number, said);
    auto process = adopt(loop, pid, std::move(ended));
    if (!process.ok())
        ::kill(pid, SIGKILL);
    return process;
}

Outcome<BackendProcess> BackendProcess::adopt(Loop& loop, pid_t pid, Ended ended)
{
    auto watch = std::make_shared<Watch>();
    watch->process = UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (!watch->process)
        return system_failure(fmt::format("process {}", pid), errno);
    watch->ended = std::move(ended);
    // The loop keeps the watch until the process ends, so that it is waited for in any case.
    loop.watch(watch->process.get(), EPOLLIN, [&loop, watch](std::uint32_t) {
        const auto how = how_it_ended(watch->process.get());
        loop.forget(watch->process.get());
        if (const auto told = std::exchange(watch->ended, nullptr))
            told(how);
    });
    return BackendProcess{pid, std::move(watch)};
}

BackendProcess::~BackendProcess()
{
    if (watch_)
        watch_->ended = nullptr;
}

void BackendProcess::signal(int number) const
{
    ::syscall(SYS_pidfd_send_signal, watch_->process.get(), number, nullptr, 0);
}

} // namespace lintel
