// SPDX-License-Identifier: Apache-2.0
// Copies between the hypervisor and a domain's own RAM, by guest-physical address. A guest pointer
// is not a pointer: every page is looked up, must be RAM that the domain owns, and is read or
// written exactly once. Device memory, holes, window pages and other domains' frames are
// bad_address.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mm/frame.hpp"
#include "support/result.hpp"

namespace lintel {

// What backs one guest page: its bytes, or an error if it is not the domain's own RAM.
template <typename S>
concept GuestPages = requires(S& space, Gfn gfn)
{
    {
        space.ram_page(gfn)
        } -> std::same_as<Result<std::byte*>>;
};

// As the guest can change its memory meanwhile, the compiler may not load again what it has a copy
// of.
inline void copy_once(std::byte* out, const std::byte* guest, std::size_t bytes)
{
    __builtin_memcpy(out, guest, bytes);
    asm volatile("" ::: "memory");
}

// Bytes of a guest's that were looked up: neither load nor store can fail any more. Good for the
// domain's own vCPU until its next VM entry, which is how long the frames stay
// (mm/translations.hpp); a shootdown counts as one.
class GuestRoom {
public:
    static constexpr std::size_t most = page_size; // so that it lies in two pages at most

    // At the beginning, or `at` bytes behind it.
    void store(std::span<const std::byte> in, std::size_t at = 0)
    {
        each_part(at, in.size(), [&](std::byte* there, std::size_t done, std::size_t n) {
            __builtin_memcpy(there, in.data() + done, n);
        });
    }
    void load(std::span<std::byte> out, std::size_t at)
    {
        each_part(at, out.size(), [&](const std::byte* there, std::size_t done, std::size_t n) {
            copy_once(out.data() + done, there, n);
        });
    }

private:
    template <GuestPages Space>
    friend class GuestMemory;

    // What lies in one part, as nearly all does, is copied by as many instructions as it needs.
    template <typename Copy>
    void each_part(std::size_t at, std::size_t bytes, Copy copy)
    {
        const std::size_t first = parts_[0].size();
        assert(at + bytes <= first + parts_[1].size());
        if (bytes == 0) // a part that is not needed has no address
            return;
        if (at + bytes <= first)
            return copy(parts_[0].data() + at, 0, bytes);
        const std::size_t before = at < first ? first - at : 0;
        if (before != 0)
            copy(parts_[0].data() + at, 0, before);
        copy(parts_[1].data() + (at + before - first), before, bytes - before);
    }

    std::array<std::span<std::byte>, 2> parts_;
};

template <GuestPages Space>
class GuestMemory {
public:
    explicit GuestMemory(Space& space) : space_{space} {}

    Result<> read(std::uint64_t address, std::span<std::byte> out)
    {
        return each_page(address, out.size(),
                         [&](std::byte* page, std::size_t done, std::size_t n) {
                             copy_once(out.data() + done, page, n);
                         });
    }
    // What a call has to look up before it does something that cannot be undone.
    Result<GuestRoom> room(std::uint64_t address, std::size_t bytes)
    {
        assert(bytes <= GuestRoom::most);
        GuestRoom room;
        TRY(each_page(address, bytes, [&](std::byte* page, std::size_t done, std::size_t n) {
            room.parts_[done == 0 ? 0 : 1] = {page, n};
        }));
        return room;
    }
    // All of it or nothing.
    Result<> write(std::uint64_t address, std::span<const std::byte> in)
    {
        TRY(room(address, in.size())).store(in);
        return {};
    }
    // Whether all of the range is RAM at the moment.
    Result<> check(std::uint64_t address, std::size_t bytes)
    {
        return each_page(address, bytes, [](std::byte*, std::size_t, std::size_t) {});
    }

private:
    template <typename Copy>
    Result<> each_page(std::uint64_t address, std::size_t bytes, Copy copy)
    {
        if (address + bytes < address)
            return Error::bad_address;
        for (std::size_t done = 0; done < bytes;) {
            const std::uint64_t at = address + done, offset = at % page_size;
            const std::size_t left = bytes - done, room = page_size - offset;
            const std::size_t n = left < room ? left : room;
            copy(TRY(space_.ram_page(Gfn::of(at))) + offset, done, n);
            done += n;
        }
        return {};
    }

    Space& space_;
};

} // namespace lintel
