// SPDX-License-Identifier: Apache-2.0
// Copies between the hypervisor and a domain's own RAM, by guest-physical address. A guest pointer
// is not a pointer: every page is looked up, must be RAM that the domain owns, and is read or
// written exactly once. Device memory, holes, window pages and other domains' frames are
// bad_address.
#pragma once

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

template <GuestPages Space>
class GuestMemory {
public:
    explicit GuestMemory(Space& space) : space_{space} {}

    Result<> read(std::uint64_t address, std::span<std::byte> out)
    {
        return each_page(address, out.size(),
                         [&](std::byte* page, std::size_t done, std::size_t n) {
                             __builtin_memcpy(out.data() + done, page, n);
                         });
    }
    Result<> write(std::uint64_t address, std::span<const std::byte> in)
    {
        return each_page(address, in.size(), [&](std::byte* page, std::size_t done, std::size_t n) {
            __builtin_memcpy(page, in.data() + done, n);
        });
    }
    // Whether all of the range is RAM, so that a later copy cannot fail.
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
