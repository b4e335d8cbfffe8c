// SPDX-License-Identifier: Apache-2.0
// What the tests of grant calls have in common: a caller, a domain that has granted it a page, and
// an array of elements in the caller's RAM.
#pragma once

#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"
#include "hypercall/grant.hpp"

namespace lintel {

inline constexpr std::uint64_t array = page_size; // where elements lie in the caller's RAM

class GrantCallTest : public testing::Test {
protected:
    GrantCallTest()
    {
        for (std::uint64_t gfn = 1; gfn <= 3; ++gfn)
            caller_.ram.add({gfn});
        caller_.other.add_ram({5});
        frame_ = caller_.other.map.lookup({5}).frame;
        caller_.other.grant(0, {5}, caller_.self, true);
        caller_.other.grant(1, {5}, caller_.self, false);
    }
    void become_unprivileged()
    {
        caller_.is_dom0 = caller_.self.privileged = false;
        caller_.self.layout.foreign = {FakeDomain::window, FakeDomain::window_frames};
    }
    template <typename Element>
    void store(std::uint64_t at, const std::vector<Element>& elements)
    {
        const auto bytes = std::as_bytes(std::span{elements});
        for (std::size_t i = 0; i < bytes.size(); ++i)
            caller_.ram.at(at + i) = bytes[i];
    }
    template <typename Element>
    Element load(std::uint64_t at, std::size_t index = 0)
    {
        Element element;
        const auto bytes = std::as_writable_bytes(std::span{&element, 1});
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = caller_.ram.at(at + index * sizeof element + i);
        return element;
    }
    std::int64_t call(lintel_hypercall number, std::uint64_t count, std::uint64_t at = array,
                      std::uint64_t flags = 0)
    {
        return caller_.call(number, {at, count, flags});
    }
    lintel_grant_map wish(std::uint32_t ref, std::uint16_t flags = 0, std::uint64_t gpa = 0)
    {
        return {ref, caller_.other.id.number, flags, gpa, ~0u, 77};
    }
    lintel_grant_map map(const lintel_grant_map& element)
    {
        store(array, std::vector{element});
        EXPECT_EQ(call(LINTEL_HC_grant_map, 1), 1);
        return load<lintel_grant_map>(array);
    }
    std::int32_t unmap(std::uint32_t handle, lintel_hypercall number = LINTEL_HC_grant_unmap)
    {
        store(array, std::vector<lintel_grant_unmap>{{handle, 77}});
        EXPECT_EQ(call(number, 1), 1);
        EXPECT_EQ(load<lintel_grant_unmap>(array).handle, handle);
        return load<lintel_grant_unmap>(array).status;
    }
    lintel_grant_copy piece(std::uint64_t gpa, std::uint16_t offset, std::uint16_t bytes,
                            std::uint16_t flags = 0, std::uint32_t ref = 0)
    {
        return {gpa, ref, caller_.other.id.number, flags, offset, bytes, 77};
    }
    std::int32_t copy(const lintel_grant_copy& element)
    {
        store(array, std::vector{element});
        EXPECT_EQ(call(LINTEL_HC_grant_copy, 1), 1);
        return load<lintel_grant_copy>(array).status;
    }
    std::byte* page() { return caller_.machine.bytes_of(frame_); }

    FakeCaller caller_;
    Mfn frame_;
};

} // namespace lintel
