// SPDX-License-Identifier: Apache-2.0
// Between processes: switching, making, replacing. All run on one CPU, see main.cpp.
#include <array>
#include <sys/wait.h>
#include <unistd.h>

#include "check.hpp"
#include "executables.hpp"
#include "operation.hpp"

namespace bench {

namespace {

void wait_for(pid_t child)
{
    int status;
    check(waitpid(child, &status, 0), "waitpid");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail("a child", "did not exit as it should");
}

class Pipe {
public:
    Pipe() { check(pipe(ends_.data()), "pipe"); }
    ~Pipe()
    {
        close(ends_[0]);
        close(ends_[1]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void send() const { check(write(ends_[1], "", 1), "write"); }
    void receive() const
    {
        char byte;
        if (check(read(ends_[0], &byte, 1), "read") != 1)
            fail("a pipe", "was closed");
    }

private:
    std::array<int, 2> ends_;
};

// A byte there and a byte back: each side writes, and its read waits for the other.
class ContextSwitchPair {
public:
    ContextSwitchPair()
    {
        child_ = check(fork(), "fork");
        if (child_ == 0)
            for (;;) {
                there_.receive();
                back_.send();
            }
    }
    ~ContextSwitchPair()
    {
        kill(child_, SIGKILL);
        waitpid(child_, nullptr, 0);
    }
    ContextSwitchPair(const ContextSwitchPair&) = delete;
    ContextSwitchPair& operator=(const ContextSwitchPair&) = delete;

    void before() {}
    void operator()()
    {
        there_.send();
        back_.receive();
    }

private:
    Pipe there_, back_;
    pid_t child_;
};

struct ForkExit {
    void before() {}
    void operator()()
    {
        const pid_t child = check(fork(), "fork");
        if (child == 0)
            _exit(0);
        wait_for(child);
    }
};

template <std::span<const char> program()>
class ForkExec {
public:
    void before() {}
    void operator()()
    {
        const pid_t child = check(fork(), "fork");
        if (child == 0) {
            char* const none[] = {nullptr};
            execve(program_.path(), arguments_, none);
            fail(program_.path(), std::strerror(errno));
        }
        wait_for(child);
    }

private:
    Executable program_{program()};
    char name_[5] = "exit";
    char* arguments_[2] = {name_, nullptr};
};

constexpr Operation operations[] = {
    operation<ContextSwitchPair>("switch", "context switch pair (pipe)", 1000),
    operation<ForkExit>("fork", "fork + exit", 300),
    operation<ForkExec<exit_libc>>("exec", "fork + exec", 200),
    operation<ForkExec<exit_bare>>("exec-bare", "fork + exec, program without libc", 200),
};

} // namespace

std::span<const Operation> process_operations()
{
    return operations;
}

} // namespace bench
