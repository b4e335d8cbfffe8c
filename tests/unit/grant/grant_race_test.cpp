// SPDX-License-Identifier: Apache-2.0
// Mappers, copiers and granter on several CPUs at once: a grant that has been revoked is not used,
// frames in use stay, and in the end every count is zero. Threads stand for CPUs.
#include "grant/mapping.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_domain.hpp"

namespace lintel {
namespace {

using RacingDomain = FakeDomainOf<SpinLock>;

class GrantRace : public testing::Test {
protected:
    static constexpr std::uint64_t pages = 3;

    GrantRace()
    {
        for (std::uint64_t gfn = 1; gfn <= pages; ++gfn)
            frames_[gfn] = owner_.add_ram({gfn});
    }
    auto find()
    {
        return [this](DomainId id) {
            return id == owner_.id ? &owner_ : id == user_.id ? &user_ : &dom0_;
        };
    }
    // The page of an entry is 1 + ref, always.
    void use(RacingDomain& user, unsigned seed)
    {
        std::minstd_rand random{seed};
        for (; !stop_; std::this_thread::yield()) {
            const std::uint32_t ref = random() % pages;
            const bool writable = random() % 2 == 0;
            if (random() % 4 == 0) {
                (void)with_granted_page(user, owner_, ref, writable, [&](auto) {
                    ++users_[ref];
                    --users_[ref];
                    return Result<>{};
                }).ok();
                continue;
            }
            auto mapped = map_grant(user, owner_, ref, writable,
                                    user.privileged ? Gfn{}
                                                    : RacingDomain::window +
                                                          random() % RacingDomain::window_frames);
            if (!mapped.ok())
                continue;
            ++users_[ref];
            ++successes_;
            {
                const Guard guard{user.map_lock}; // for the fake tables
                EXPECT_EQ(user.map.lookup(mapped.value().at).frame, frames_[1 + ref]);
            }
            --users_[ref];
            Unmapping unmapping{user, find()};
            EXPECT_TRUE(unmapping.add(mapped.value().handle, Mapping::Kind::grant).ok());
            unmapping.finish();
        }
    }
    void grant(std::uint32_t ref, const RacingDomain& peer, bool writable)
    {
        owner_.grant(ref, {1ull + ref}, peer, writable);
    }

    FakeMachine machine_;
    RacingDomain dom0_{machine_, 0}, owner_{machine_, 1}, user_{machine_, 2};
    std::array<Mfn, pages + 1> frames_;
    std::array<std::atomic<int>, pages> users_{};
    std::atomic<unsigned> successes_{0};
    std::atomic<bool> stop_{false};
};

TEST_F(GrantRace, revoked_grant_is_in_nobodys_hands)
{
    std::vector<std::thread> cpus;
    for (unsigned seed = 1; seed <= 2; ++seed)
        cpus.emplace_back([this, seed] { use(seed == 1 ? dom0_ : user_, seed); });

    std::minstd_rand random{7};
    std::array<bool, pages> granted{};
    unsigned revoked = 0;
    for (int round = 0; round < 5000 && (successes_ < 50 || revoked < 100); ++round) {
        const std::uint32_t ref = random() % pages;
        if (!granted[ref]) {
            grant(ref, random() % 2 == 0 ? dom0_ : user_, random() % 2 == 0);
            granted[ref] = true;
            std::this_thread::sleep_for(std::chrono::microseconds{50}); // let it be used
            continue;
        }
        owner_.set_entry(ref, 0);
        if (!owner_.grants.revoke(ref).ok())
            continue;
        granted[ref] = false;
        ++revoked;
        for (int look = 0; look < 5; ++look) { // from now on nobody begins either
            EXPECT_EQ(users_[ref], 0);
            EXPECT_EQ(__atomic_load_n(&owner_.uses[ref], __ATOMIC_RELAXED), 0);
            std::this_thread::sleep_for(std::chrono::microseconds{10});
        }
    }
    stop_ = true;
    for (std::thread& cpu : cpus)
        cpu.join();
    EXPECT_GT(revoked, 0u);
    EXPECT_GT(successes_, 0u);
    for (std::uint32_t ref = 0; ref < pages; ++ref) {
        owner_.set_entry(ref, 0);
        EXPECT_TRUE(owner_.grants.revoke(ref).ok());
    }
    EXPECT_EQ(owner_.lent_frames, 0u);
    EXPECT_EQ(dom0_.mappings.count() + user_.mappings.count(), 0u);
    for (const FrameInfo& frame : machine_.table)
        EXPECT_EQ(frame.uses, 0);
}

// Under the map's lock, as memory_release does it: who finds a frame that is not in use takes it.
TEST_F(GrantRace, frame_that_left_is_not_lent)
{
    for (std::uint32_t ref = 0; ref < pages; ++ref)
        grant(ref, user_, true);
    std::thread cpu{[this] { use(user_, 5); }};
    unsigned released = 0;
    std::minstd_rand random{9};
    for (int round = 0; round < 4000; ++round) {
        const Gfn gfn{1 + random() % pages};
        const Mfn frame = frames_[gfn.number];
        const Guard guard{owner_.map_lock};
        if (in_use(machine_.frames.of(frame)))
            continue;
        owner_.map.unmap({gfn, 1}).take();
        ASSERT_FALSE(in_use(machine_.frames.of(frame)));
        owner_.map.map({gfn, 1}, frame, ept::Access::rwx, ept::MemoryType::write_back).take();
        ++released;
    }
    stop_ = true;
    cpu.join();
    EXPECT_GT(released, 0u);
    EXPECT_EQ(owner_.lent_frames, 0u);
}

// One handle, many CPUs that end it.
TEST_F(GrantRace, mapping_ends_once)
{
    grant(0, user_, true);
    for (int round = 0; round < 100; ++round) {
        const Handle handle = map_grant(user_, owner_, 0, true, RacingDomain::window).take().handle;
        std::atomic<int> ended{0};
        std::vector<std::thread> cpus;
        for (int i = 0; i < 3; ++i)
            cpus.emplace_back([&] {
                Unmapping unmapping{user_, find()};
                ended += unmapping.add(handle, Mapping::Kind::grant).ok() ? 1 : 0;
                unmapping.finish();
            });
        for (std::thread& cpu : cpus)
            cpu.join();
        ASSERT_EQ(ended, 1);
        ASSERT_EQ(owner_.lent_frames, 0u);
    }
}

} // namespace
} // namespace lintel
