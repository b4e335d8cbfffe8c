// SPDX-License-Identifier: Apache-2.0
// A guest's console: the backend's side of its two rings, the last of its output, those who look at
// it. The guest is not trusted: one that breaks the rings loses its console, one that floods them
// gets its share of linteld's time and no more.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/console_channel.hpp"

#include "daemon/history.hpp"
#include "daemon/loop.hpp"
#include "daemon/viewer.hpp"
#include "liblintel/control.hpp"

namespace lintel {

class Console {
public:
    explicit Console(Loop& loop) : loop_{loop} {}
    Console(const Console&) = delete;
    ~Console() { disconnect(); }

    // To a new guest, or to one that an earlier linteld has served.
    Outcome<> connect(Control& control, DomainId domain, GuestPort port);
    // Takes what the guest has still said, and lets go of its memory and its port.
    void finish();
    void disconnect();
    std::optional<LocalPort> port() const;
    void serve(); // the port has fired

    void attach(Viewer& viewer); // sends it the history
    void detach(Viewer& viewer);
    void note(std::string_view text); // from linteld to the viewers
    void end(const proto::End& end);  // tells the viewers, who are let go

    void input(std::string_view text);
    bool input_full() const { return input_.size() > most_input; }

private:
    static constexpr std::size_t most_input = 4096;
    static constexpr std::size_t history_bytes = 65536;

    struct Notify {
        const Port* port;
        void operator()() const { port->notify(); }
    };
    struct Link {
        Link(Mapping guest_area, Port guest_port);
        Link(const Link&) = delete; // the channel names the port

        Mapping area; // the guest's device area, which it can write all the time
        Port port;
        client::ConsoleChannel<Notify> channel;
    };

    bool take_output(std::size_t slots);
    void give_input();
    void show(std::string_view text);
    void broken(client::ConsoleFault fault);

    Loop& loop_;
    std::optional<Link> link_;
    History history_{history_bytes};
    std::vector<Viewer*> viewers_;
    std::string input_; // waits for room in the ring
    Loop::Timer again_ = 0;
};

} // namespace lintel
