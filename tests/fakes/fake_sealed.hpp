// SPDX-License-Identifier: Apache-2.0
// A sealed domain of a little more than 1 GiB for unit tests: a record, and contents of the pages that are
// asked for. The processor's walks are not its business.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "seal/commands.hpp"

namespace lintel::seal {

class FakeSealed {
public:
    static constexpr std::uint64_t ram_frames = (1 << 18) + 700; // 1 GiB, 2 MiB, and a part of 2 MiB
    static constexpr GfnRange shared{{1 << 19}, 1024}, foreign{{1 << 20}, 1 << 18};
    static constexpr Paging paging{.physical_bits = 40, .gigabyte_leaves = true};
    static constexpr MasterRoot master{{16}, true};
    static constexpr std::uint64_t table_bits = 0x27, // present, writable, user, accessed
        window_entry = shared.first.address() | table_bits;
    // One table of each level beside the master's pair, and pages that are donated.
    static constexpr Gfn pdpt{18}, pd{19}, pt{20}, spare{22}; // up to 31

    FakeSealed()
    {
        for (const Gfn page : {master.page, master.page + 1}) {
            tables.record.set(page, FrameKind::root);
            entry(page, 509) = window_entry;
        }
        tables.record.set(pdpt, FrameKind::pdpt);
        tables.record.set(pd, FrameKind::pd);
        tables.record.set(pt, FrameKind::pt);
        for (Gfn page = spare; page < Gfn{32}; page = page + 1) {
            tables.record.set(page, FrameKind::donated);
            for (unsigned i = 0; i < table_entries; ++i)
                entry(page, i) = ~0ull; // the guest's garbage
        }
    }

    // TableMemory.
    std::uint64_t* entries(Gfn page)
    {
        assert(tables.record.at(page) >= FrameKind::donated ||
               tables.record.at(page) == FrameKind::text);
        return contents(page);
    }
    void load_root(Gfn page) { loaded.push_back(page); }

    std::uint64_t& entry(Gfn page, unsigned index) { return contents(page)[index]; }
    static std::uint64_t at(Gfn page, unsigned index) { return page.address() + 8 * index; }
    static std::uint64_t table(Gfn page) { return page.address() | table_bits; }

    BatchAnswer batch(const std::vector<std::uint64_t>& words)
    {
        return Commands{tables, *this}.batch([&](unsigned i) { return words[i]; },
                                             static_cast<unsigned>(words.size() / 2));
    }
    Result<std::uint64_t> exchange(std::uint64_t address, std::uint64_t value)
    {
        return Commands{tables, *this}.exchange(address, value);
    }

private:
    using Page = std::array<std::uint64_t, table_entries>;
    std::uint64_t* contents(Gfn page)
    {
        auto& found = pages_[page.number];
        if (found == nullptr)
            found = std::make_unique<Page>();
        return found->data();
    }

    std::map<std::uint64_t, std::unique_ptr<Page>> pages_;
    std::vector<FrameKind> kinds_ = std::vector<FrameKind>(ram_frames);
    std::vector<Summary> large_ = std::vector<Summary>(514), huge_ = std::vector<Summary>(2);

public:
    Tables tables{.lock = {},
                  .record = {{kinds_, large_, huge_}, shared, foreign},
                  .paging = paging,
                  .master = master};
    std::vector<Gfn> loaded; // roots, in the order of load_root()
};

} // namespace lintel::seal
