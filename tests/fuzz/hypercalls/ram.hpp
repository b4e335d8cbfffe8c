// SPDX-License-Identifier: Apache-2.0
// A domain's RAM, of which pages can go and come back.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <set>

#include "fuzz/hypercalls/shape.hpp"
#include "mm/frame.hpp"
#include "support/result.hpp"

namespace lintel::fuzz {

class Ram {
public:
    using Page = std::array<std::byte, page_size>;

    Ram()
    {
        for (const std::uint64_t frame : ram_frames)
            pages_.emplace(frame, std::make_unique<Page>());
    }
    // Each page is an allocation of its own, so that the sanitizer sees a copy leave it.
    Result<std::byte*> ram_page(Gfn gfn)
    {
        const auto page = pages_.find(gfn.number);
        if (page == pages_.end())
            return Error::bad_address;
        return page->second->data();
    }
    bool has(Gfn gfn) const { return pages_.contains(gfn.number); }
    bool released(Gfn gfn) const { return released_.contains(gfn.number); }
    void release(Gfn gfn)
    {
        pages_.erase(gfn.number);
        released_.insert(gfn.number);
    }
    void claim(Gfn gfn)
    {
        released_.erase(gfn.number);
        pages_.emplace(gfn.number, std::make_unique<Page>());
    }
    // Whether all of the range is RAM; nothing is needed for no bytes.
    bool covers(std::uint64_t address, std::uint64_t bytes) const
    {
        if (bytes == 0)
            return true;
        if (address + bytes < address)
            return false;
        for (Gfn gfn = Gfn::of(address); gfn <= Gfn::of(address + bytes - 1); gfn = gfn + 1)
            if (!has(gfn))
                return false;
        return true;
    }
    // An address that is RAM.
    std::byte& at(std::uint64_t address)
    {
        return (*pages_.at(address / page_size))[address % page_size];
    }
    std::byte at(std::uint64_t address) const
    {
        return (*pages_.at(address / page_size))[address % page_size];
    }
    bool operator==(const Ram& other) const
    {
        return released_ == other.released_ &&
               std::equal(pages_.begin(), pages_.end(), other.pages_.begin(), other.pages_.end(),
                          [](const auto& one, const auto& two) {
                              return one.first == two.first &&
                                     std::memcmp(one.second->data(), two.second->data(),
                                                 page_size) == 0;
                          });
    }

private:
    std::map<std::uint64_t, std::unique_ptr<Page>> pages_; // by frame number
    std::set<std::uint64_t> released_;
};

} // namespace lintel::fuzz
