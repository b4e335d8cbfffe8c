// SPDX-License-Identifier: Apache-2.0
// Physical memory for parsers that ask for it by address: islands of bytes, nothing in between.
#pragma once

#include <cstdint>
#include <list>
#include <utility>

#include "fakes/byte_builder.hpp"
#include "support/span_reader.hpp"

namespace lintel {

class FakePhysical {
public:
    void place(std::uint64_t address, Bytes bytes) { islands_.emplace_back(address, bytes); }

    // A read has to lie within one island. It answers with bytes of exactly the size asked for, so
    // that the sanitizer sees a read past them.
    Result<Bytes> operator()(std::uint64_t address, std::uint64_t size)
    {
        for (const auto& [start, island] : islands_) {
            if (address < start)
                continue;
            auto bytes = slice(island.get(), address - start, size);
            if (bytes.ok())
                return answers_.emplace_back(bytes.value()).get();
        }
        return Error::bad_address;
    }

private:
    std::list<std::pair<std::uint64_t, ExactBytes>> islands_;
    std::list<ExactBytes> answers_;
};

} // namespace lintel
