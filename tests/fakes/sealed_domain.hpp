// SPDX-License-Identifier: Apache-2.0
// A domain that seals itself, for unit tests: the record and tables of FakeSealed over a map of real entries,
// of which the first 64 pages and one large page are RAM.
#pragma once

#include "fakes/fake_domain.hpp"
#include "fakes/fake_sealed.hpp"
#include "seal/moves.hpp"
#include "seal/sealing.hpp"

namespace lintel::seal {

class SealedDomain {
public:
    static constexpr std::uint64_t small_pages = 64;
    static constexpr GfnRange large{{512}, 512};
    static constexpr Gfn text{40}, kernel{42};

    SealedDomain()
    {
        for (std::uint64_t page = 0; page < small_pages; ++page)
            domain.add_ram(Gfn{page});
        const Mfn first = machine.frames.allocate(9, owner_of(domain.id)).take();
        domain.map.map(large, first, ept::Access::rwx, ept::MemoryType::write_back).take();
        for (const Gfn page : {text, text + 1})
            sealed.tables.record.set(page, FrameKind::text);
        sealed.tables.record.set(kernel, FrameKind::kernel);
        for (Gfn page = FakeSealed::spare; page < Gfn{32}; page = page + 1)
            sealed.tables.record.set(page, FrameKind::plain);
    }

    ept::Access access(Gfn page) { return domain.map.lookup(page).access; }
    FrameKind kind(Gfn page) const { return sealed.tables.record.at(page); }
    bool all_is_as_before()
    {
        for (std::uint64_t page = 0; page < small_pages; ++page)
            if (access(Gfn{page}) != ept::Access::rwx || kind(Gfn{page}) != FrameKind::plain)
                return false;
        return access(large.first) == ept::Access::rwx && kind(large.first) == FrameKind::plain;
    }

    // All calls of the seal: how it ends.
    Result<bool> seal()
    {
        sealing.enter(Phase::protecting);
        for (;;) {
            auto done = advance(domain, sealed.tables, sealed, sealing, FakeSealed::window_entry);
            if (!done.ok() || done.value())
                return done;
        }
    }

    FakeMachine machine{2048};
    FakeDomain domain{machine, 1};
    FakeSealed sealed;
    Sealing sealing;
};

} // namespace lintel::seal
