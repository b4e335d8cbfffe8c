// SPDX-License-Identifier: Apache-2.0
// A backend's process as linteld sees it: started by this linteld, or by one before. It goes on when
// this object, or linteld, ends.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <sys/types.h>

#include "daemon/disk_host.hpp"
#include "daemon/loop.hpp"

namespace lintel {

class BackendProcess {
public:
    using Ended = std::function<void(const std::string& how)>;

    // `number` gets the process's number (pid_t) from itself before anything else, and is closed in
    // it; `said` becomes its standard error. `ended` is called from the loop, once.
    static Outcome<BackendProcess> start(Loop& loop, const BackendCommand& command, int number,
                                         int said, Ended ended);
    static Outcome<BackendProcess> adopt(Loop& loop, pid_t pid, Ended ended);

    BackendProcess(BackendProcess&&) noexcept = default;
    BackendProcess& operator=(BackendProcess&&) = delete;
    ~BackendProcess();

    pid_t pid() const { return pid_; }
    void signal(int number) const;

private:
    struct Watch {
        UniqueFd process; // a pidfd
        Ended ended;      // null: nobody asks any more
    };

    BackendProcess(pid_t pid, std::shared_ptr<Watch> watch) : pid_{pid}, watch_{std::move(watch)} {}

    pid_t pid_;
    std::shared_ptr<Watch> watch_;
};

} // namespace lintel
