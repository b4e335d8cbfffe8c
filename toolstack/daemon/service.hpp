// SPDX-License-Identifier: Apache-2.0
// What clients ask for: decode, act, reply. Requests come from root's programs, yet are checked as
// if they came from anybody: a mistake there must not become linteld's end.
#pragma once

#include <functional>

#include "daemon/client.hpp"
#include "daemon/guests.hpp"

namespace lintel {

class Service {
public:
    // `find` gives a client by its number as long as it is there.
    Service(Control& control, Guests& guests, std::function<Client*(Client::Id)> find)
        : control_{control}, guests_{guests}, find_{std::move(find)}
    {
    }

    void handle(Client& client, const proto::Request& request);

private:
    using Answer = Outcome<proto::Reply>;

    // Nothing: the answer comes later, or there is none.
    std::optional<Answer> act(Client& client, const proto::Request& request);
    Answer create(Client& client, const proto::Create& request);
    Answer attach(Client& client, const std::string& name);
    std::optional<Answer> input(Client& client, const std::string& text);
    std::optional<Answer> destroy(Client& client, const proto::Request& request);
    std::optional<Answer> shut_down(Client& client, const proto::Request& request);
    Answer attach_disk(const proto::AttachDisk& request);
    std::optional<Answer> detach_disk(const Client& client, const proto::Request& request);
    Answer disks(const std::string& name);
    Answer list();
    Answer info(const std::string& name);
    Answer machine();
    Answer log(std::uint64_t position);
    proto::Domain describe(const lintel_domain_info& info) const;
    Guests::Waiter answer_later(const Client& client, const proto::Request& request) const;

    Control& control_;
    Guests& guests_;
    std::function<Client*(Client::Id)> find_;
};

} // namespace lintel
