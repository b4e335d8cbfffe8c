// SPDX-License-Identifier: Apache-2.0
// A vCPU's recent CPUID answers. A C library executes CPUID some sixty times whenever a program
// starts; each is an exit, and on silicon the instruction itself takes longer than everything
// around it.
#pragma once

#include <array>
#include <cstdint>

#include "cpu/cpuid.hpp"

namespace lintel {

class CpuidCache {
public:
    // Leaves 1 and 7 mirror bits of CR4, which the guest changes without an exit.
    static constexpr bool holds(std::uint32_t leaf) { return leaf != 1 && leaf != 7; }

    const CpuidLeaf* find(std::uint32_t leaf, std::uint32_t subleaf) const
    {
        const Entry& entry = entries_[index(leaf, subleaf)];
        return entry.key == key(leaf, subleaf) ? &entry.answer : nullptr;
    }
    void store(std::uint32_t leaf, std::uint32_t subleaf, const CpuidLeaf& answer)
    {
        if (holds(leaf))
            entries_[index(leaf, subleaf)] = {key(leaf, subleaf), answer};
    }
    // Leaf 0xd depends on XCR0.
    void forget() { entries_ = {}; }

private:
    // No question has this key: a leaf this high has no subleaves, so the lower half is zero.
    static constexpr std::uint64_t nothing = ~0ull;
    struct alignas(32) Entry { // a power of two, so that the index is a shift
        std::uint64_t key = nothing;
        CpuidLeaf answer{};
    };
    static constexpr std::uint64_t key(std::uint32_t leaf, std::uint32_t subleaf)
    {
        return std::uint64_t{leaf} << 32 | subleaf;
    }
    static constexpr std::size_t size = 32;
    // Extended leaves beside basic ones, and the subleaves of one leaf beside each other.
    static constexpr std::size_t index(std::uint32_t leaf, std::uint32_t subleaf)
    {
        return (leaf ^ leaf >> 27 ^ subleaf * 8) % size;
    }
    std::array<Entry, size> entries_{};
};

} // namespace lintel
