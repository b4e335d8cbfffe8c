// SPDX-License-Identifier: Apache-2.0
// A disk in memory whose I/O ends when a test says so, and pages that a guest has granted.
#pragma once

#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "block/disk.hpp"
#include "fakes/counted_mapping.hpp"

namespace lintel {

class FakeDisk {
public:
    explicit FakeDisk(std::size_t bytes) : content(bytes) {}

    void start(const block::Io& io) { started.push_back(io); }

    // Carries out the first `most` bytes of the oldest I/O; its token, and its result.
    std::pair<block::Token, int> carry_out(std::size_t most = ~std::size_t{0})
    {
        const block::Io io = started.front();
        started.erase(started.begin());
        std::size_t done = 0;
        for (const iovec& piece : io.where) {
            const std::size_t bytes = std::min(piece.iov_len, most - done);
            std::byte* const sector = content.data() + io.offset + done;
            if (io.operation == block::Operation::read)
                std::memcpy(piece.iov_base, sector, bytes);
            else if (io.operation == block::Operation::write)
                std::memcpy(sector, piece.iov_base, bytes);
            done += bytes;
        }
        return {io.token, static_cast<int>(done)};
    }

    std::vector<std::byte> content;
    std::vector<block::Io> started; // in the order in which they were
};

class FakeGuestPages {
public:
    using Mapping = CountedMapping;

    std::optional<Mapping> map(std::span<const std::uint32_t> references, bool writable,
                               std::vector<iovec>& pieces)
    {
        for (const std::uint32_t reference : references) {
            const auto page = pages.find(reference);
            if (page == pages.end() || (writable && !page->second.writable))
                return std::nullopt;
            pieces.push_back({page->second.bytes.data(), page->second.bytes.size()});
        }
        return Mapping{&mapped};
    }

    struct Page {
        bool writable = true;
        std::vector<std::byte> bytes = std::vector<std::byte>(block::page_bytes);
    };
    std::map<std::uint32_t, Page> pages; // by reference
    int mapped = 0;                      // mappings that last
};

} // namespace lintel
