// SPDX-License-Identifier: Apache-2.0
// Random grants, mappings, copies, revocations, releases of memory and ends of domains, against a
// model that is a plain list. After each step every count and every domain's sight must be what the
// list says; in the end nothing is left.
#include "grant/mapping.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_domain.hpp"

namespace lintel {
namespace {

using Kind = Mapping::Kind;
using ept::Access;

constexpr unsigned slots = 3;                 // dom0, and two that come and go
constexpr std::uint64_t pages = 4;            // of RAM that each begins with
constexpr std::uint64_t no_page = pages + 50; // beyond

struct ModelMapping {
    unsigned user, owner; // slots
    Kind kind;
    std::uint32_t ref;
    std::vector<Mfn> frames;
    bool writable;
    Gfn at;
    Handle handle;
};

class GrantRandom : public testing::TestWithParam<unsigned> {
protected:
    GrantRandom() : random_{GetParam()}
    {
        for (unsigned slot = 0; slot < slots; ++slot)
            begin(slot);
    }

    unsigned below(unsigned count) { return static_cast<unsigned>(random_() % count); }
    FakeDomain& domain(unsigned slot) { return *domains_[slot]; }
    void begin(unsigned slot)
    {
        const auto number = static_cast<std::uint16_t>(slot + generation_++ * domain_slots);
        domains_[slot] = std::make_unique<FakeDomain>(machine_, slot == 0 ? 0 : number);
        for (std::uint64_t gfn = 1; gfn <= pages; ++gfn)
            ram_[slot].push_back({{gfn}, domain(slot).add_ram({gfn})});
        if (slot == 0)
            for (Page& page : ram_[0])
                page.gfn = {page.frame.number};
    }
    auto find()
    {
        return [this](DomainId id) {
            FakeDomain* const found = domains_[id.slot()].get();
            return found->id == id ? found : nullptr;
        };
    }

    struct Page {
        Gfn gfn;
        Mfn frame;
    };
    std::optional<Mfn> frame_at(unsigned slot, Gfn gfn)
    {
        for (const Page& page : ram_[slot])
            if (page.gfn == gfn)
                return page.frame;
        return {};
    }
    Gfn any_page(unsigned slot)
    {
        if (ram_[slot].empty() || below(8) == 0)
            return {no_page};
        return ram_[slot][below(static_cast<unsigned>(ram_[slot].size()))].gfn;
    }
    bool is_mapped(Mfn frame)
    {
        return std::any_of(mapped_.begin(), mapped_.end(), [&](const ModelMapping& mapping) {
            return std::count(mapping.frames.begin(), mapping.frames.end(), frame) != 0;
        });
    }

    void set_entry()
    {
        const unsigned slot = below(slots), peer = below(slots);
        std::uint64_t entry = GrantEntry::of(any_page(slot), domain(peer).id, below(2) == 0).raw();
        if (below(4) == 0)
            entry = below(2) == 0 ? 0 : entry ^ 1ull << below(64);
        domain(slot).set_entry(below(FakeDomain::refs), entry);
    }

    // What the entry lets the user do, by the letter of the page.
    std::optional<Error> refusal(unsigned user, unsigned owner, std::uint32_t ref, bool writing)
    {
        if (ref >= FakeDomain::refs)
            return Error::not_found;
        const std::uint64_t entry = domain(owner).entries[ref];
        if ((entry & 1) == 0 || (entry & 0xffc) != 0 || entry >> 48 != domain(user).id.number ||
            (writing && (entry & 2) == 0))
            return Error::not_permitted;
        if (!frame_at(owner, page_of(owner, ref)))
            return Error::bad_address;
        return {};
    }
    Gfn page_of(unsigned owner, std::uint32_t ref)
    {
        return Gfn::of(domain(owner).entries[ref] & 0x0000'ffff'ffff'f000);
    }

    void map()
    {
        const unsigned user = below(slots), owner = (user + 1 + below(slots - 1)) % slots;
        const std::uint32_t ref = below(FakeDomain::refs + 1);
        const bool writable = below(2) == 0;
        const Gfn at = FakeDomain::window + below(FakeDomain::window_frames);
        const auto refused = [&]() -> std::optional<Error> {
            if (held_by(user) == FakeDomain::handles)
                return Error::limit_reached;
            if (const auto error = refusal(user, owner, ref, writable))
                return error;
            const bool taken = std::any_of(mapped_.begin(), mapped_.end(), [&](const auto& old) {
                return user != 0 && old.user == user && old.at == at;
            });
            return taken ? std::optional{Error::exists} : std::nullopt;
        }();
        auto mapped = map_grant(domain(user), domain(owner), ref, writable, user == 0 ? Gfn{} : at);
        ASSERT_EQ(mapped.ok(), !refused.has_value());
        if (refused) {
            ASSERT_EQ(mapped.error(), *refused);
            return;
        }
        const Mfn frame = *frame_at(owner, page_of(owner, ref));
        ASSERT_EQ(mapped.value().at, user == 0 ? Gfn{frame.number} : at);
        mapped_.push_back(
            {user, owner, Kind::grant, ref, {frame}, writable, at, mapped.value().handle});
    }

    void map_pages()
    {
        const unsigned owner = 1 + below(slots - 1);
        const GfnRange range{{below(pages + 1)}, 1 + below(3)};
        const bool writable = below(2) == 0;
        std::vector<Mfn> frames;
        for (Gfn gfn = range.first; gfn < range.end(); gfn = gfn + 1)
            if (const auto frame = frame_at(owner, gfn))
                frames.push_back(*frame);
        const bool room = held_by(0) < FakeDomain::handles;
        auto handle = map_foreign(domain(0), domain(owner), range, writable, find(),
                                  [](std::uint64_t, Gfn) {});
        ASSERT_EQ(handle.ok(), room && frames.size() == range.count);
        if (handle.ok())
            mapped_.push_back({0, owner, Kind::foreign, 0, frames, writable, {}, handle.value()});
        else
            ASSERT_EQ(handle.error(), room ? Error::bad_address : Error::limit_reached);
    }

    void unmap()
    {
        const unsigned user = below(slots);
        Unmapping unmapping{domain(user), find()};
        for (unsigned count = 1 + below(3); count != 0; --count) {
            const Kind kind = below(4) == 0 ? Kind::foreign : Kind::grant;
            const Handle handle =
                mapped_.empty() || below(8) == 0
                    ? static_cast<Handle>(random_())
                    : mapped_[below(static_cast<unsigned>(mapped_.size()))].handle;
            const auto known =
                std::find_if(mapped_.begin(), mapped_.end(), [&](const ModelMapping& mapping) {
                    return mapping.user == user && mapping.kind == kind && mapping.handle == handle;
                });
            ASSERT_EQ(unmapping.add(handle, kind).ok(), known != mapped_.end());
            if (known != mapped_.end())
                mapped_.erase(known);
        }
        unmapping.finish();
    }

    void copy()
    {
        const unsigned user = below(slots), owner = (user + 1 + below(slots - 1)) % slots;
        const std::uint32_t ref = below(FakeDomain::refs + 1);
        const bool writing = below(2) == 0;
        bool reached = false;
        const auto result =
            with_granted_page(domain(user), domain(owner), ref, writing, [&](auto page) {
                reached = true;
                EXPECT_EQ(page.data(), machine_.bytes_of(*frame_at(owner, page_of(owner, ref))));
                return Result<>{};
            });
        const auto refused = refusal(user, owner, ref, writing);
        ASSERT_EQ(reached, !refused.has_value());
        ASSERT_TRUE(result.ok() == reached && (reached || result.error() == *refused));
    }

    void revoke()
    {
        const unsigned owner = below(slots);
        const std::uint32_t ref = below(FakeDomain::refs);
        const bool used = std::any_of(mapped_.begin(), mapped_.end(), [&](const auto& mapping) {
            return mapping.owner == owner && mapping.kind == Kind::grant && mapping.ref == ref;
        });
        const auto result = domain(owner).grants.revoke(ref);
        if ((domain(owner).entries[ref] & 1) != 0)
            ASSERT_EQ(result.error(), Error::bad_argument);
        else if (used)
            ASSERT_EQ(result.error(), Error::busy);
        else
            ASSERT_TRUE(result.ok());
    }

    // A page that nobody uses leaves the domain, or a new one comes.
    void change_ram()
    {
        const unsigned slot = below(slots);
        if (ram_[slot].size() < pages) {
            const Gfn gfn = free_place(slot);
            const Mfn frame = domain(slot).add_ram(gfn);
            ram_[slot].push_back({slot == 0 ? Gfn{frame.number} : gfn, frame});
            return;
        }
        const unsigned which = below(static_cast<unsigned>(ram_[slot].size()));
        const Page page = ram_[slot][which];
        const bool used = in_use(machine_.frames.of(page.frame));
        ASSERT_EQ(used, is_mapped(page.frame));
        if (used)
            return;
        domain(slot).remove_ram(page.gfn);
        ram_[slot].erase(ram_[slot].begin() + which);
    }
    Gfn free_place(unsigned slot)
    {
        Gfn gfn{1};
        while (frame_at(slot, gfn))
            gfn = gfn + 1;
        return gfn;
    }

    // First what it holds is given back; it goes when nobody holds anything of it.
    void end()
    {
        const unsigned slot = 1 + below(slots - 1);
        for (std::uint32_t from = 0; !end_mappings(domain(slot), from, 1 + below(3), find());)
            ;
        std::erase_if(mapped_, [&](const ModelMapping& mapping) { return mapping.user == slot; });
        const bool held = std::any_of(mapped_.begin(), mapped_.end(),
                                      [&](const auto& mapping) { return mapping.owner == slot; });
        ASSERT_EQ(domain(slot).lent_frames != 0, held);
        if (held)
            return;
        for (const Page& page : ram_[slot])
            domain(slot).remove_ram(page.gfn);
        ram_[slot].clear();
        begin(slot);
    }

    std::uint32_t held_by(unsigned user)
    {
        return static_cast<std::uint32_t>(
            std::count_if(mapped_.begin(), mapped_.end(),
                          [&](const ModelMapping& mapping) { return mapping.user == user; }));
    }
    void check()
    {
        for (unsigned slot = 0; slot < slots; ++slot) {
            ASSERT_EQ(domain(slot).mappings.count(), held_by(slot));
            unsigned lent = 0, entries = 0;
            for (const Page& page : ram_[slot])
                lent += is_mapped(page.frame) ? 1 : 0;
            for (std::uint32_t ref = 0; ref < FakeDomain::refs; ++ref) {
                const auto uses = std::count_if(mapped_.begin(), mapped_.end(), [&](const auto& m) {
                    return m.owner == slot && m.kind == Kind::grant && m.ref == ref;
                });
                ASSERT_EQ(domain(slot).uses[ref], uses);
                entries += uses != 0 ? 1 : 0;
            }
            ASSERT_EQ(domain(slot).lent_frames, lent);
            ASSERT_EQ(domain(slot).grants.used(), entries);
        }
        check_window(1);
        check_window(2);
        check_direct();
    }
    void check_window(unsigned user)
    {
        for (unsigned i = 0; i < FakeDomain::window_frames; ++i) {
            const Gfn at = FakeDomain::window + i;
            const auto known = std::find_if(mapped_.begin(), mapped_.end(), [&](const auto& m) {
                return m.user == user && m.at == at;
            });
            const ept::Mapping seen = domain(user).map.lookup(at);
            if (known == mapped_.end()) {
                ASSERT_EQ(seen.access, Access::none);
                continue;
            }
            ASSERT_EQ(seen.frame, known->frames[0]);
            ASSERT_EQ(seen.access, known->writable ? Access::rw : Access::r);
        }
    }
    void check_direct()
    {
        for (unsigned slot = 1; slot < slots; ++slot)
            for (const Page& page : ram_[slot]) {
                Access wanted = Access::none;
                for (const ModelMapping& mapping : mapped_)
                    if (mapping.user == 0 &&
                        std::count(mapping.frames.begin(), mapping.frames.end(), page.frame) != 0)
                        wanted = mapping.writable || wanted == Access::rw ? Access::rw : Access::r;
                ASSERT_EQ(domain(0).map.lookup({page.frame.number}).access, wanted);
            }
    }

    void step()
    {
        switch (below(16)) {
        case 0:
        case 1:
        case 2:
        case 3:
            return set_entry();
        case 4:
        case 5:
        case 6:
        case 7:
            return map();
        case 8:
            return map_pages();
        case 9:
        case 10:
        case 11:
            return unmap();
        case 12:
            return copy();
        case 13:
            return revoke();
        case 14:
            return change_ram();
        default:
            return below(8) == 0 ? end() : revoke();
        }
    }

    std::minstd_rand random_;
    unsigned generation_ = 1;
    FakeMachine machine_{64};
    std::array<std::unique_ptr<FakeDomain>, slots> domains_;
    std::array<std::vector<Page>, slots> ram_;
    std::vector<ModelMapping> mapped_;
};

TEST_P(GrantRandom, is_what_the_list_says)
{
    for (int i = 0; i < 6000 && !HasFatalFailure(); ++i) {
        step();
        check();
    }
    for (unsigned slot = 0; slot < slots; ++slot) {
        std::uint32_t from = 0;
        EXPECT_TRUE(end_mappings(domain(slot), from, 100, find()));
    }
    for (const FrameInfo& frame : machine_.table) {
        EXPECT_EQ(frame.uses, 0);
        EXPECT_EQ(frame.stale, 0);
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, GrantRandom, testing::Range(1u, 9u));

} // namespace
} // namespace lintel
