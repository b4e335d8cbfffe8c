// SPDX-License-Identifier: Apache-2.0
// The backend's own program as a child, with a loopback domain for its guest.
#pragma once

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/wait.h>

#include "client/loopback_domain.hpp"

namespace lintel {

class BlockProcess {
public:
    // `words` come before --loopback. What it says on standard error goes to `errors`.
    BlockProcess(const std::string& program, std::vector<std::string> words, std::size_t ram_bytes,
                 std::size_t pool_bytes, int errors = STDERR_FILENO)
        : BlockProcess{program, std::move(words),
                       client::LoopbackFiles::make(ram_bytes, pool_bytes).take(), errors}
    {
    }
    // In the place of an earlier one.
    BlockProcess(const std::string& program, std::vector<std::string> words,
                 client::LoopbackFiles taken, int errors = STDERR_FILENO)
        : files{std::move(taken)}
    {
        words.insert(words.begin(), program);
        words.push_back("--loopback=" + std::to_string(files.guest.get()) + ',' +
                        std::to_string(files.pool.get()) + ',' +
                        std::to_string(files.to_backend.get()) + ',' +
                        std::to_string(files.to_frontend.get()));
        std::vector<char*> arguments;
        for (std::string& word : words)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        pid = ::fork();
        if (pid != 0)
            return;
        ::dup2(errors, STDERR_FILENO);
        ::execv(program.c_str(), arguments.data());
        std::_Exit(127);
    }
    BlockProcess(const BlockProcess&) = delete;
    BlockProcess& operator=(const BlockProcess&) = delete;
    ~BlockProcess()
    {
        if (pid > 0) {
            ::kill(pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
        }
    }

    // Its wait status.
    int wait()
    {
        int status = 0;
        ::waitpid(std::exchange(pid, -1), &status, 0);
        return status;
    }

    client::LoopbackFiles files;
    pid_t pid;
};

} // namespace lintel
