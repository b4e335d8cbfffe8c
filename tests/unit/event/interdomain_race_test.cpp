// SPDX-License-Identifier: Apache-2.0
// Channels between domains whose vCPUs do all at the same time.
#include "event/interdomain.hpp"

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "cpu/spin_lock.hpp"

namespace lintel {
namespace {

// Four threads stand for vCPUs of two domains that open, close, move and send as they like, always
// over the same few ports. In the end every end has the other one.
struct RacingDomain {
    struct Sink {
        void upcall(VcpuIndex) { upcalls.fetch_add(1); }
        std::atomic<unsigned> upcalls{0};
    };
    explicit RacingDomain(std::uint16_t number) : id{number} {}
    static constexpr std::uint32_t ports = 6;

    DomainId id;
    SpinLock ports_lock;
    lintel_events shared{};
    Sink sink;
    std::vector<PortState> storage = std::vector<PortState>(ports);
    EventChannels<Sink> events{shared, storage, 2, sink};
};

struct RacingPair {
    RacingDomain a{1}, b{2};
    auto find()
    {
        return [this](DomainId id) {
            return id == a.id ? &a : id == b.id ? &b : static_cast<RacingDomain*>(nullptr);
        };
    }
    void act(unsigned seed, int rounds)
    {
        std::minstd_rand random{seed};
        for (int i = 0; i < rounds; ++i) {
            RacingDomain& self = random() % 2 == 0 ? a : b;
            RacingDomain& peer = &self == &a ? b : a;
            const Port port = 1 + random() % (RacingDomain::ports - 1);
            switch (random() % 6) {
            case 0:
                (void)await_peer(self, peer.id).ok();
                break;
            case 1:
                (void)bind_to_peer(self, peer, port, random() % 2).ok();
                break;
            case 2:
                (void)close_port(self, port, find(), [](PortState) {}).ok();
                break;
            case 3: {
                const PortsGuard held{self};
                (void)self.events.move(port, random() % 2).ok();
                break;
            }
            default:
                (void)send_event(self, port, find()).ok();
            }
        }
    }
    void expect_pairs(RacingDomain& self, RacingDomain& peer)
    {
        for (Port port = 1; port < RacingDomain::ports; ++port) {
            auto state = self.events.find(port);
            if (!state.ok() || state.value().kind() != PortState::Kind::interdomain)
                continue;
            EXPECT_EQ(state.value().peer(), peer.id);
            EXPECT_TRUE(peer.events.find(state.value().peer_port()).take().leads_to(self.id, port));
        }
    }
};

TEST(InterdomainRace, ends_stay_each_others_whatever_meets)
{
    RacingPair pair;
    std::vector<std::thread> vcpus;
    for (unsigned seed = 1; seed <= 4; ++seed)
        vcpus.emplace_back([&pair, seed] { pair.act(seed, 20'000); });
    for (std::thread& vcpu : vcpus)
        vcpu.join();
    pair.expect_pairs(pair.a, pair.b);
    pair.expect_pairs(pair.b, pair.a);
    EXPECT_TRUE(close_ports(pair.a, 100, pair.find()));
    EXPECT_TRUE(close_ports(pair.b, 100, pair.find()));
}

// No event between two ends is lost while a third party guesses at the ports.
TEST(InterdomainRace, events_arrive_while_others_guess)
{
    RacingPair pair;
    RacingDomain stranger{3};
    const Port a = await_peer(pair.a, pair.b.id).take(),
               b = bind_to_peer(pair.b, pair.a, a, 0).take();
    std::atomic<bool> done{false};
    std::thread guesser{[&] {
        while (!done)
            EXPECT_EQ(bind_to_peer(stranger, pair.a, a, 0).error(), Error::not_permitted);
    }};
    for (unsigned i = 1; i <= 2000; ++i) {
        EXPECT_TRUE(send_event(pair.a, a, pair.find()).ok());
        EXPECT_EQ(pair.b.sink.upcalls.load(), i);
        pair.b.shared.vcpu[0].pending = 0;
        pair.b.shared.pending[0] = 0;
    }
    done = true;
    guesser.join();
    EXPECT_TRUE(pair.b.events.find(b).ok());
}

} // namespace
} // namespace lintel
