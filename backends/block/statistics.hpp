// SPDX-License-Identifier: Apache-2.0
// What a disk has done since its backend started.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "block/request.hpp"

namespace lintel::block {

struct Count {
    std::uint64_t requests = 0; // that were begun and are completed
    std::uint64_t bytes = 0;
    std::uint64_t errors = 0;      // of them, those that failed
    std::uint64_t nanoseconds = 0; // from taking them to completing them, of all together
    std::uint64_t longest_ns = 0;

    void add(std::uint32_t length, std::uint64_t took, bool failed)
    {
        requests++;
        bytes += failed ? 0 : length;
        errors += failed ? 1 : 0;
        nanoseconds += took;
        longest_ns = std::max(longest_ns, took);
    }
};

struct Statistics {
    std::array<Count, LINTEL_BLOCK_ZEROES + 1> operations{}; // by Operation
    std::uint64_t refused = 0;                               // requests that could not be
    std::uint64_t throttled = 0; // times that a queue had to wait for the limits
    std::uint64_t full = 0;      // times that a queue waited for its completions to be read
    std::uint64_t connections = 0;
    std::uint64_t last_error = 0; // errno value of the image's
    std::uint64_t direct = 0;     // requests whose data was in pages of the guest
    std::uint64_t fua = 0;        // writes that had to be stable before they were answered

    Count& of(Operation operation) { return operations[static_cast<std::size_t>(operation)]; }
};

// One line of JSON.
inline std::string json(const Statistics& statistics)
{
    constexpr std::array names{"read", "write", "flush", "discard", "zeroes"};
    static_assert(names.size() == std::tuple_size_v<decltype(Statistics::operations)>);
    const auto field = [](const char* name, std::uint64_t value) {
        return '"' + std::string{name} + "\":" + std::to_string(value);
    };
    std::string text = "{";
    for (std::size_t i = 0; i < names.size(); i++) {
        const Count& count = statistics.operations[i];
        text += '"' + std::string{names[i]} + "\":{" + field("requests", count.requests) + ',' +
                field("bytes", count.bytes) + ',' + field("errors", count.errors) + ',' +
                field("nanoseconds", count.nanoseconds) + ',' +
                field("longest_ns", count.longest_ns) + "},";
    }
    return text + field("refused", statistics.refused) + ',' +
           field("throttled", statistics.throttled) + ',' + field("full", statistics.full) + ',' +
           field("connections", statistics.connections) + ',' +
           field("last_error", statistics.last_error) + ',' +
           field("direct", statistics.direct) + ',' + field("fua", statistics.fua) + '}';
}

} // namespace lintel::block
