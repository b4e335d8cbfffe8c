// SPDX-License-Identifier: Apache-2.0
// Good inputs, from which the fuzzer makes bad ones.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include "fakes/byte_builder.hpp"

namespace lintel::fuzz {

class Seeds {
public:
    explicit Seeds(std::filesystem::path directory) : directory_{std::move(directory)} {}
    void add(std::string_view target, std::string_view name, const ByteBuilder& bytes) const;

private:
    std::filesystem::path directory_;
};

void add_parser_seeds(const Seeds& seeds);
void add_hypercall_seeds(const Seeds& seeds);
void add_ring_seeds(const Seeds& seeds);
void add_sealed_seeds(const Seeds& seeds);
void add_block_seeds(const Seeds& seeds);

} // namespace lintel::fuzz
