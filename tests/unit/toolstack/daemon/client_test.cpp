// SPDX-License-Identifier: Apache-2.0
// Clients that lie, flood, or do not read: linteld serves the others all the same.
#include "daemon/client.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <gtest/gtest.h>

#include "cli/connection.hpp"
#include "fakes/console_guest.hpp"
#include "fakes/running_daemon.hpp"

namespace lintel {
namespace {

using namespace std::chrono_literals;

class Clients : public ::testing::Test {
protected:
    UniqueFd connect()
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        Daemon::socket_in(daemon_.files.path("run"))
            .copy(address.sun_path, sizeof address.sun_path - 1);
        UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)};
        EXPECT_EQ(
            ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
        return socket;
    }
    void send(const UniqueFd& socket, const std::string& bytes)
    {
        EXPECT_EQ(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    void send(const UniqueFd& socket, const proto::Request& request)
    {
        std::string bytes;
        append_frame(bytes, request);
        send(socket, bytes);
    }
    // Everything that has arrived, and whether linteld has hung up.
    bool receive(const UniqueFd& socket)
    {
        char buffer[65536];
        for (;;) {
            const ssize_t bytes = ::recv(socket.get(), buffer, sizeof buffer, 0);
            if (bytes <= 0)
                return bytes == 0 || errno == ECONNRESET;
            reader_.feed({buffer, static_cast<std::size_t>(bytes)});
            while (const auto frame = reader_.next()) {
                proto::FromDaemon message;
                EXPECT_TRUE(message.ParseFromArray(frame->data(), static_cast<int>(frame->size())));
                messages_.push_back(message);
            }
        }
    }
    bool hung_up(const UniqueFd& socket)
    {
        bool ended = false;
        daemon_.serve_while([&] { return !(ended = receive(socket)) && ++steps_ < 500; });
        return ended;
    }
    proto::Request attach(const std::string& name)
    {
        proto::Request request;
        request.set_id(1);
        request.mutable_attach()->set_name(name);
        return request;
    }
    void create() { EXPECT_EQ(daemon_.run({"create", daemon_.config("web")}).status, 0); }
    bool serves() { return daemon_.run({"list"}).status == 0; }
    std::uint64_t lost() const
    {
        std::uint64_t bytes = 0;
        for (const auto& message : messages_)
            bytes += message.event().lost();
        return bytes;
    }
    std::size_t output() const
    {
        std::size_t bytes = 0;
        for (const auto& message : messages_)
            bytes += message.event().output().size();
        return bytes;
    }

    RunningDaemon daemon_;
    FrameReader reader_{1 << 20};
    std::vector<proto::FromDaemon> messages_;
    unsigned steps_ = 0;
};

TEST_F(Clients, garbage_and_giants_are_hung_up_on)
{
    for (const std::string& bytes : {std::string(100, '\xff'), std::string("\x80\x80\x80\x80\x7f"),
                                     std::string("\x05xxxxx"), std::string("\xff\xff\xff\x7f")}) {
        const auto socket = connect();
        send(socket, bytes);
        steps_ = 0;
        EXPECT_TRUE(hung_up(socket));
    }
    EXPECT_TRUE(serves());
}

TEST_F(Clients, half_a_message_makes_nobody_wait)
{
    const auto socket = connect();
    send(socket, "\x7f");
    EXPECT_TRUE(serves());
    EXPECT_FALSE(receive(socket));
}

TEST_F(Clients, request_that_nobody_knows_is_answered)
{
    const auto socket = connect();
    proto::Request request;
    request.set_id(7);
    send(socket, request);
    daemon_.serve_while([&] { return receive(socket), messages_.empty(); });
    EXPECT_EQ(messages_[0].reply().id(), 7);
    EXPECT_EQ(messages_[0].reply().failure().code(), ENOSYS);
}

TEST_F(Clients, configuration_of_a_hostile_client_is_checked)
{
    const auto socket = connect();
    proto::Request request;
    *request.mutable_create()->mutable_config() = daemon_.files.config("../web");
    send(socket, request);
    *request.mutable_create()->mutable_config() = daemon_.files.config("web");
    request.mutable_create()->mutable_config()->set_kernel("vmlinux");
    send(socket, request);
    request.mutable_create()->mutable_config()->set_kernel(daemon_.files.kernel);
    request.mutable_create()->mutable_config()->set_vcpus(0);
    send(socket, request);
    daemon_.serve_while([&] { return receive(socket), messages_.size() < 3; });
    EXPECT_EQ(messages_[0].reply().failure().text().substr(0, 6), "name: ");
    EXPECT_EQ(messages_[1].reply().failure().text(), "vmlinux: is not an absolute path");
    EXPECT_EQ(messages_[2].reply().failure().text().substr(0, 7), "vcpus: ");
    EXPECT_EQ(daemon_.machine.domains.size(), 1);
}

TEST_F(Clients, one_that_does_not_read_loses_output_and_hears_how_much)
{
    create();
    const auto socket = connect();
    send(socket, attach("web"));
    daemon_.serve_while([&] { return receive(socket), messages_.empty(); });
    ConsoleGuest guest{daemon_.machine, 1};
    std::size_t said = 0;
    const std::string piece(ConsoleGuest::slots * LINTEL_CONSOLE_TEXT, 'x');
    while (said < 4u << 20) { // far more than sockets and queues hold
        const auto rest = guest.say(piece);
        said += piece.size() - rest.size();
        daemon_.loop.step(0ms);
    }
    EXPECT_TRUE(serves());
    daemon_.serve_while([&] { return receive(socket), output() + lost() < said; });
    EXPECT_GT(lost(), 1u << 20);
    EXPECT_EQ(output() + lost(), said);
    guest.say("fast again");
    const auto before = output();
    daemon_.serve_while([&] { return receive(socket), output() == before; });
    EXPECT_EQ(messages_.back().event().output(), "fast again");
}

TEST_F(Clients, one_that_asks_without_reading_is_not_listened_to)
{
    const auto socket = connect();
    proto::Request request;
    request.mutable_list();
    std::string bytes;
    for (int i = 0; i < 1000; ++i)
        append_frame(bytes, request);
    std::size_t sent = 0;
    for (int round = 0; round < 3000; ++round) {
        const ssize_t done =
            ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        sent += done > 0 ? static_cast<std::size_t>(done) : 0;
        daemon_.loop.step(0ms);
    }
    EXPECT_LT(sent, 4u << 20); // it stopped reading
    EXPECT_TRUE(serves());
    // And goes on with what was asked once the answers are taken.
    daemon_.serve_while([&] {
        return receive(socket),
               messages_.size() < 20000 && messages_.size() * bytes.size() / 1000 < sent;
    });
    EXPECT_GE(messages_.size() * bytes.size() / 1000 + 1,
              std::min<std::size_t>(sent, 20000 * bytes.size() / 1000));
}

TEST_F(Clients, one_too_many_is_told_so)
{
    std::vector<UniqueFd> sockets;
    for (std::size_t i = 0; i < Server::most_clients; ++i) {
        sockets.push_back(connect());
        daemon_.loop.step(10ms);
    }
    const auto refused = connect();
    EXPECT_TRUE(hung_up(refused));
    ASSERT_EQ(messages_.size(), 1);
    EXPECT_EQ(messages_[0].reply().failure().text(), "linteld serves 64 clients already; end one");
    sockets.pop_back();
    daemon_.loop.step(10ms);
    EXPECT_TRUE(serves());
}

TEST_F(Clients, one_that_leaves_in_the_middle_is_forgotten)
{
    create();
    for (int i = 0; i < 3; ++i) {
        const auto socket = connect();
        send(socket, attach("web"));
        proto::Request request;
        request.mutable_shutdown()->set_name("web");
        request.mutable_shutdown()->set_wait(true);
        send(socket, request);
        daemon_.loop.step(10ms);
    }
    ConsoleGuest{daemon_.machine, 1}.say("to nobody");
    daemon_.machine.shut_down(1, 0);
    daemon_.serve_while([&] { return daemon_.machine.domains.size() == 2; });
    EXPECT_TRUE(serves());
}

TEST_F(Clients, second_linteld_is_refused)
{
    const auto device = daemon_.machine.open();
    Control control{*device};
    const auto second =
        Daemon::start(daemon_.loop, control, daemon_.files.path("run"), disk_host(daemon_.machine));
    ASSERT_FALSE(second.ok());
    EXPECT_NE(second.error().text.find("another linteld runs here"), std::string::npos);
    EXPECT_TRUE(serves());
}

} // namespace
} // namespace lintel
