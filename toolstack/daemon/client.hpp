// SPDX-License-Identifier: Apache-2.0
// One connection to linteld. Whatever a client does, it makes nobody wait: what it does not read is
// queued up to a limit, then console output is dropped with a note and its further requests stay
// unread.
#pragma once

#include <functional>
#include <string>

#include "control.pb.h"
#include "daemon/loop.hpp"
#include "daemon/viewer.hpp"
#include "liblintel/unique_fd.hpp"
#include "proto/frame.hpp"

namespace lintel {

class Console;

class Client final : public Viewer {
public:
    using Id = std::uint64_t;
    struct Handlers {
        std::function<void(Client&, const proto::Request&)> request;
        std::function<void(Client&)>
            gone; // may not delete the client before the next step of the loop
    };

    Client(Loop& loop, UniqueFd socket, Id id, Handlers handlers);
    Client(const Client&) = delete;
    ~Client();

    Id id() const { return id_; }
    void send(const proto::FromDaemon& message);
    void reply(std::uint64_t request, proto::Reply reply);
    void close(); // after what was sent has left, as far as the peer takes it

    Console* console() const { return console_; }
    void attach(Console& console);
    void detach();

    void output(std::string_view text) override;
    void input_room() override;
    void ended(const proto::End& end) override;

private:
    void on_events(std::uint32_t events);
    void receive();
    void handle_requests();
    void flush();
    void tell_lost();
    void resume_later();
    void leave();
    void leave_quietly();
    void update_interest();
    bool stalled() const; // takes no further request for now
    std::size_t queued() const { return out_.size() - sent_; }

    Loop& loop_;
    UniqueFd socket_;
    Id id_;
    Handlers handlers_;
    FrameReader reader_;
    std::string out_;
    std::size_t sent_ = 0; // of out_
    std::uint32_t interest_;
    std::uint64_t lost_ = 0; // bytes of output since the last note
    Console* console_ = nullptr;
    Loop::Timer resume_ = 0;
    bool held_ = false; // requests wait in the reader because of stalled()
    bool closing_ = false;
    bool gone_ = false;
};

} // namespace lintel
