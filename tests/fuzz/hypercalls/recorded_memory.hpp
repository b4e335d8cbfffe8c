// SPDX-License-Identifier: Apache-2.0
// A domain's memory as calls reach it, with a list of what they wrote: where several errors apply,
// the model has to see which one an element of a batch was answered.
#pragma once

#include <cstring>
#include <span>
#include <vector>

#include "domain/guest_memory.hpp"
#include "fuzz/hypercalls/ram.hpp"

namespace lintel::fuzz {

struct Write {
    std::uint64_t address;
    std::vector<std::byte> bytes;
};
using Writes = std::vector<Write>;

class RecordedRoom {
public:
    RecordedRoom(const GuestRoom& room, std::uint64_t address, Writes& writes)
        : room_{room}, address_{address}, writes_{&writes}
    {
    }
    void load(std::span<std::byte> out, std::size_t at) { room_.load(out, at); }
    void store(std::span<const std::byte> in, std::size_t at = 0)
    {
        room_.store(in, at);
        writes_->push_back({address_ + at, {in.begin(), in.end()}});
    }

private:
    GuestRoom room_;
    std::uint64_t address_;
    Writes* writes_;
};

class RecordedMemory {
public:
    RecordedMemory(Ram& ram, Writes& writes) : memory_{ram}, writes_{writes} {}
    Result<> check(std::uint64_t address, std::size_t bytes)
    {
        return memory_.check(address, bytes);
    }
    Result<> read(std::uint64_t address, std::span<std::byte> out)
    {
        return memory_.read(address, out);
    }
    Result<RecordedRoom> room(std::uint64_t address, std::size_t bytes)
    {
        return RecordedRoom{TRY(memory_.room(address, bytes)), address, writes_};
    }
    Result<> write(std::uint64_t address, std::span<const std::byte> in)
    {
        TRY(memory_.write(address, in));
        writes_.push_back({address, {in.begin(), in.end()}});
        return {};
    }

private:
    GuestMemory<Ram> memory_;
    Writes& writes_;
};

} // namespace lintel::fuzz
