// SPDX-License-Identifier: Apache-2.0
// linteld within the test, over a FakeMachine, and the lintel command beside it in a thread:
// everything but the two processes is real. The test's thread is linteld's and plays the guests.
#pragma once

#include <csignal>
#include <fcntl.h>
#include <future>
#include <optional>

#include "cli/main.hpp"
#include "daemon/daemon.hpp"
#include "fakes/disk_guest.hpp"
#include "fakes/fake_machine.hpp"
#include "fakes/guest_files.hpp"

namespace lintel {

class RunningDaemon {
public:
    struct Result {
        int status;
        std::string out;
        std::string error;
    };
    using Play = std::function<void()>; // the guests' part, after each step of linteld

    RunningDaemon()
    {
        std::signal(SIGPIPE, SIG_IGN);
        std::signal(SIGIO, SIG_IGN);
        start();
    }

    // A linteld begins; the one before, if there was one, has been killed.
    void start()
    {
        daemon_.reset();
        device_ = machine.open();
        control_.emplace(*device_);
        daemon_ = Daemon::start(loop, *control_, files.path("run"), disk_host(machine)).take();
    }
    void kill()
    {
        daemon_.reset();
        control_.reset();
        device_.reset();
    }

    // A command that runs until finish(); `typed` is its standard input.
    class Running {
    public:
        Running(RunningDaemon& daemon, std::vector<std::string> arguments,
                std::optional<std::string> typed)
            : daemon_{daemon}, out_{daemon.new_file()}, error_{daemon.new_file()}
        {
            arguments.insert(arguments.begin(),
                             {"--socket", Daemon::socket_in(daemon.files.path("run"))});
            int pipe[2];
            if (::pipe2(pipe, O_CLOEXEC) != 0)
                std::abort();
            UniqueFd in{pipe[0]};
            keyboard_ = UniqueFd{pipe[1]};
            if (typed)
                type(*typed);
            status_ = std::async(
                std::launch::async, [arguments, in = std::move(in), out = out_, error = error_] {
                    const UniqueFd out_fd{::open(out.c_str(), O_WRONLY | O_CLOEXEC)};
                    const UniqueFd error_fd{::open(error.c_str(), O_WRONLY | O_CLOEXEC)};
                    return lintel_main(arguments, {in.get(), out_fd.get(), error_fd.get()});
                });
        }
        void type(const std::string& text)
        {
            [[maybe_unused]] const auto written =
                ::write(keyboard_.get(), text.data(), text.size());
        }
        void end_of_input() { keyboard_ = UniqueFd{}; }
        bool running()
        {
            return status_.wait_for(std::chrono::seconds{0}) != std::future_status::ready;
        }
        std::string shown() const { return content(out_); }
        // Serves until the command ends.
        Result finish(const Play& play = {})
        {
            daemon_.serve_while([this] { return running(); }, play);
            return {status_.get(), content(out_), content(error_)};
        }

    private:
        static std::string content(const std::string& path)
        {
            std::ifstream file{path};
            return {std::istreambuf_iterator<char>{file}, {}};
        }

        RunningDaemon& daemon_;
        std::string out_, error_;
        UniqueFd keyboard_;
        std::future<int> status_;
    };

    Running begin(std::vector<std::string> arguments, std::optional<std::string> typed = {})
    {
        return Running{*this, std::move(arguments), std::move(typed)};
    }
    Result run(std::vector<std::string> arguments, const Play& play = {})
    {
        auto running = begin(std::move(arguments));
        running.end_of_input();
        return running.finish(play);
    }
    // Steps of linteld while `condition` holds, but for some seconds at most.
    template <typename Condition>
    void serve_while(Condition condition, const Play& play = {})
    {
        const auto end = Loop::Clock::now() + std::chrono::seconds{60};
        while (condition() && Loop::Clock::now() < end) {
            loop.step(std::chrono::milliseconds{1});
            if (play)
                play();
        }
    }
    std::string config(const std::string& name, const std::string& more = {})
    {
        return files.write(name + ".cfg",
                           "name: \"" + name + "\"\nkernel: \"vmlinux\"\nmemory_mib: 64\n" + more);
    }

    FakeMachine machine;
    GuestFiles files;
    Loop loop;

private:
    std::string new_file()
    {
        return files.write("output-" + std::to_string(++files_made_), std::string{});
    }

    unsigned files_made_ = 0;
    std::unique_ptr<FakeDevice> device_;
    std::optional<Control> control_;
    std::unique_ptr<Daemon> daemon_;
};

} // namespace lintel
