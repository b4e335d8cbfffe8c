// SPDX-License-Identifier: Apache-2.0
// Memory of a few words as two processors see it: each one's stores wait in a buffer of its own
// until they reach memory, and its loads look into that buffer first.
//
// Ordering::total is what x86 does: a buffer empties in order (Intel SDM Vol. 3, "Memory Ordering
// in P6 and More Recent Processor Families"). Ordering::partial lets stores to different words
// overtake each other, all but those with release. Loads are never reordered among themselves in
// either.
//
// A plain value without padding, so that states can be compared and hashed by their bytes.
#pragma once

#include <array>
#include <cassert>
#include <cstdint>

namespace lintel {

enum class Ordering {
    total,
    partial
};

class StoreBuffers {
public:
    using Word = std::uint64_t;
    static constexpr unsigned words = 8;
    static constexpr unsigned depth = 5; // stores that a processor can have under way

    Word& operator[](unsigned word) { return memory_[word]; }

    Word load(unsigned cpu, unsigned word) const
    {
        const Buffer& buffer = buffers_[cpu];
        for (auto i = buffer.count; i-- > 0;)
            if (buffer.stores[i].word == word)
                return buffer.stores[i].value;
        return memory_[word];
    }
    void store(unsigned cpu, unsigned word, Word value, bool release)
    {
        Buffer& buffer = buffers_[cpu];
        assert(buffer.count < depth);
        buffer.stores[buffer.count++] = {value, word, release};
    }
    bool full(unsigned cpu) const { return buffers_[cpu].count == depth; }
    bool drained(unsigned cpu) const { return buffers_[cpu].count == 0; }
    unsigned waiting(unsigned cpu) const { return static_cast<unsigned>(buffers_[cpu].count); }

    // Whether the i-th oldest of a processor's waiting stores may reach memory now.
    bool can_arrive(unsigned cpu, unsigned i, Ordering ordering) const
    {
        const Buffer& buffer = buffers_[cpu];
        if (i == 0)
            return true;
        if (ordering == Ordering::total || buffer.stores[i].release)
            return false;
        for (unsigned older = 0; older < i; older++)
            if (buffer.stores[older].word == buffer.stores[i].word)
                return false;
        return true;
    }
    void arrive(unsigned cpu, unsigned i)
    {
        Buffer& buffer = buffers_[cpu];
        memory_[buffer.stores[i].word] = buffer.stores[i].value;
        for (; i + 1 < buffer.count; i++)
            buffer.stores[i] = buffer.stores[i + 1];
        buffer.stores[--buffer.count] = {};
    }

private:
    struct Store {
        Word value;
        std::uint32_t word;
        std::uint32_t release;
    };
    struct Buffer {
        std::array<Store, depth> stores;
        std::uint64_t count;
    };
    std::array<Word, words> memory_{};
    std::array<Buffer, 2> buffers_{};
};

} // namespace lintel
