// SPDX-License-Identifier: Apache-2.0
// The shared memory of a ring whose peer writes what the input says, where it likes, before any access
// of the end under test; and what that end read and wrote since the last reset().
#pragma once

#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>

#include "fuzz/input.hpp"
#include "fuzz/require.hpp"

namespace lintel::fuzz {

class HostileMemory {
public:
    static constexpr std::size_t header = 256; // four words, each in a line of 64 bytes

    // Exactly the ring's bytes, so that the sanitizer sees a step beyond them.
    HostileMemory(Input& input, std::size_t bytes, std::size_t slot_bytes)
        : input_{input}, bytes_{bytes}, slot_bytes_{slot_bytes}
    {
        void* memory;
        REQUIRE(posix_memalign(&memory, 64, bytes) == 0);
        memory_.reset(memory);
        __builtin_memset(memory_.get(), 0, bytes);
    }

    void* begin() const { return memory_.get(); }
    std::uint32_t* word(std::size_t index) const
    {
        return static_cast<std::uint32_t*>(memory_.get()) + index;
    }

    // The index that the end uses and its lap, near which lies make sense.
    void hint(std::uint32_t index, std::uint16_t lap)
    {
        hint_ = index;
        lap_ = lap;
    }
    // The upper half of a slot's last word; the lap is in its upper half.
    std::uint32_t* lap_word(std::size_t slot) const { return word((header + (slot + 1) * slot_bytes_) / 4 - 1); }
    void write_something()
    {
        const std::uint8_t how = input_.byte();
        if (how % 8 == 3) {
            const std::size_t slots = (bytes_ - header) / slot_bytes_;
            *lap_word(input_.byte() % slots) = static_cast<std::uint32_t>(lap_ + how / 8 % 4 - 1) << 16;
            return;
        }
        // Half of them into the header's four words.
        const std::size_t at =
            how % 2 == 0 ? (how >> 1 & 3u) * 16 : input_.word() % (bytes_ / 4);
        *word(at) = how % 8 < 4 ? hint_ + static_cast<std::uint32_t>(input_.byte()) - 100
                                : input_.word();
    }

    template <typename T>
    T load(const T* where)
    {
        access(where, sizeof(T));
        const T value = *where;
        REQUIRE(loads.emplace(where, value).second); // what is read twice may have changed
        return value;
    }
    template <typename T>
    void store(T* where, std::uint64_t value)
    {
        access(where, sizeof(T));
        REQUIRE(stores.emplace(where, value).second);
        *where = static_cast<T>(value);
    }
    void reset()
    {
        loads.clear();
        stores.clear();
    }

    std::map<const void*, std::uint64_t> loads, stores;

private:
    struct Free {
        void operator()(void* memory) const { std::free(memory); }
    };

    void access(const void* where, std::size_t bytes)
    {
        const auto at = static_cast<std::size_t>(static_cast<const char*>(where) -
                                                 static_cast<const char*>(memory_.get()));
        REQUIRE(at < bytes_ && bytes <= bytes_ - at);
        if (input_.byte() % 8 == 7)
            write_something();
    }

    Input& input_;
    std::size_t bytes_, slot_bytes_;
    std::unique_ptr<void, Free> memory_;
    std::uint32_t hint_ = 0;
    std::uint16_t lap_ = 0;
};

inline HostileMemory* hostile_memory; // of the ring under test

} // namespace lintel::fuzz

#define LINTEL_RING_LOAD(where) lintel::fuzz::hostile_memory->load(where)
#define LINTEL_RING_LOAD_ACQUIRE(where) lintel::fuzz::hostile_memory->load(where)
#define LINTEL_RING_STORE(where, value) lintel::fuzz::hostile_memory->store(where, value)
#define LINTEL_RING_STORE_RELEASE(where, value) lintel::fuzz::hostile_memory->store(where, value)
#define LINTEL_RING_BARRIER() void()
