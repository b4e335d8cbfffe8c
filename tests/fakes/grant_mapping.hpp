// SPDX-License-Identifier: Apache-2.0
// What the tests of mappings have in common: dom0, a domain that grants, and one beside it.
#pragma once

#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_domain.hpp"
#include "grant/mapping.hpp"

namespace lintel {

class GrantMapping : public testing::Test {
protected:
    using Kind = Mapping::Kind;
    using Access = ept::Access;

    GrantMapping()
    {
        for (std::uint64_t gfn = 1; gfn <= 4; ++gfn)
            frames_[gfn] = a_.add_ram({gfn});
    }
    Result<Mapped> map(FakeDomain& user, std::uint32_t ref, bool writable = true,
                       Gfn at = FakeDomain::window)
    {
        return map_grant(user, a_, ref, writable, user.privileged ? Gfn{} : at);
    }
    Result<> unmap(FakeDomain& user, Handle handle, Kind kind = Kind::grant)
    {
        Unmapping unmapping{user, domains_};
        const auto result = unmapping.add(handle, kind);
        unmapping.finish();
        if (!result.ok())
            return result.error();
        return {};
    }
    Result<Handle> foreign(GfnRange pages, bool writable = true)
    {
        return map_foreign(dom0_, a_, pages, writable, domains_, [&](std::uint64_t i, Gfn at) {
            EXPECT_EQ(i, told_.size());
            told_.push_back(at);
        });
    }
    Access access(FakeDomain& user, Gfn at) { return user.map.lookup(at).access; }
    Access direct(Mfn frame) { return access(dom0_, Gfn{frame.number}); }
    unsigned uses(Mfn frame) { return machine_.frames.of(frame).uses; }
    // Nothing is left of any mapping.
    void expect_nothing_lent()
    {
        for (FakeDomain* domain : domains_.all) {
            EXPECT_EQ(domain->mappings.count(), 0u);
            EXPECT_EQ(domain->grants.used(), 0u);
            EXPECT_EQ(domain->lent_frames, 0u);
            EXPECT_FALSE(domain->map_lock.held);
        }
        for (const FrameInfo& frame : machine_.table)
            EXPECT_EQ(frame.uses, 0);
        for (const auto& [gfn, frame] : frames_)
            EXPECT_EQ(machine_.frames.of(frame).previous, 0u) << gfn;
    }

    FakeMachine machine_;
    FakeDomain dom0_{machine_, 0}, a_{machine_, 1}, b_{machine_, domain_slots + 2};
    FakeDomains domains_{{&dom0_, &a_, &b_}};
    std::map<std::uint64_t, Mfn> frames_; // a_'s, by their place
    std::vector<Gfn> told_;
};

} // namespace lintel
