// SPDX-License-Identifier: Apache-2.0
// The command's end of the connection to linteld.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "control.pb.h"
#include "liblintel/outcome.hpp"
#include "liblintel/unique_fd.hpp"
#include "proto/frame.hpp"

namespace lintel {

class Connection {
public:
    // Gives a linteld that is just being started again some seconds.
    static Outcome<Connection> open(const std::string& path);

    // Sends, and waits for the answer; events that come before it are kept. `seconds`, if not 0,
    // limits the wait (code ETIMEDOUT). A refusal by linteld is a Failure.
    Outcome<proto::Reply> ask(proto::Request request, unsigned seconds = 0);

    // For those who wait for several things at once.
    int descriptor() const { return socket_.get(); }
    void queue(const proto::Request& request);
    bool has_queued() const { return !out_.empty(); }
    Outcome<> send_some();    // of what is queued, without waiting
    Outcome<> receive_some(); // waits for at least one byte
    std::optional<proto::Event> next_event();

private:
    explicit Connection(UniqueFd socket);

    Outcome<> wait(unsigned seconds);
    Outcome<> sort();

    UniqueFd socket_;
    FrameReader reader_;
    std::string out_;
    std::deque<proto::Event> events_;
    std::deque<proto::Reply> replies_;
    std::uint64_t last_id_ = 0;
};

} // namespace lintel
