// SPDX-License-Identifier: Apache-2.0
// Loads and stores of entries of a sealed domain's tables. Each is single: processors walk the tables meanwhile.
#pragma once

#include "seal/tables.hpp"

namespace lintel::seal {

inline std::uint64_t load_entry([[maybe_unused]] const Tables& tables, const std::uint64_t& entry,
                                [[maybe_unused]] Level level)
{
    const std::uint64_t raw = __atomic_load_n(&entry, __ATOMIC_RELAXED);
    assert_slow(tables.stores_pass || needs_no_store(TableEntry{raw}, level)); // whoever broke that, we did not see it
    return raw;
}
inline void store_entry(std::uint64_t& entry, std::uint64_t raw)
{
    __atomic_store_n(&entry, raw, __ATOMIC_RELEASE);
}
// Answers what was there.
inline std::uint64_t swap_entry(const Tables& tables, std::uint64_t& entry, std::uint64_t raw, Level level)
{
    const std::uint64_t old = load_entry(tables, entry, level);
    store_entry(entry, raw);
    return old;
}

} // namespace lintel::seal
