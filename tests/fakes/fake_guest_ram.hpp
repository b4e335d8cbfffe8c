// SPDX-License-Identifier: Apache-2.0
// A domain's RAM for tests: pages in an ordinary array, holes where a test wants them, and a count
// of look-ups.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "mm/frame.hpp"
#include "support/result.hpp"

namespace lintel {

class FakeGuestRam {
public:
    using Page = std::array<std::byte, page_size>;

    // Each page is an allocation of its own, so that the sanitizer sees a copy leave it.
    void add(Gfn gfn) { pages_[gfn.number] = std::make_unique<Page>(); }
    // What was looked up stays usable, as it does for a CPU until its next VM entry.
    void remove(Gfn gfn)
    {
        gone_.push_back(std::move(pages_.at(gfn.number)));
        pages_.erase(gfn.number);
    }

    Result<std::byte*> ram_page(Gfn gfn)
    {
        ++lookups[gfn.number];
        before_lookup(gfn);
        const auto page = pages_.find(gfn.number);
        if (page == pages_.end())
            return Error::bad_address;
        return page->second->data();
    }
    std::byte& at(std::uint64_t address)
    {
        return pages_.at(address / page_size)->at(address % page_size);
    }

    std::map<std::uint64_t, unsigned> lookups;           // by frame number
    std::function<void(Gfn)> before_lookup = [](Gfn) {}; // what another vCPU does meanwhile

private:
    std::map<std::uint64_t, std::unique_ptr<Page>> pages_;
    std::vector<std::unique_ptr<Page>> gone_;
};

} // namespace lintel
