// SPDX-License-Identifier: Apache-2.0
// linteld's socket and those who have connected to it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "daemon/client.hpp"
#include "daemon/loop.hpp"
#include "liblintel/outcome.hpp"

namespace lintel {

class Server {
public:
    using Handler = std::function<void(Client&, const proto::Request&)>;

    static constexpr std::size_t most_clients = 64;

    Server(Loop& loop, Handler handler) : loop_{loop}, handler_{std::move(handler)} {}
    Server(const Server&) = delete;
    ~Server();

    // Only the user who runs linteld can connect. A socket that a dead linteld has left is
    // replaced.
    Outcome<> listen(const std::string& path);
    Client* find(Client::Id id);

private:
    void accept();
    void gone(const Client& client);

    Loop& loop_;
    Handler handler_;
    UniqueFd socket_;
    std::string path_;
    std::map<Client::Id, std::unique_ptr<Client>> clients_;
    Client::Id last_ = 0;
};

} // namespace lintel
