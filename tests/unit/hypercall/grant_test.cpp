// SPDX-License-Identifier: Apache-2.0
// grant_map, grant_unmap, grant_copy, grant_revoke: batches, arguments and what each element is
// answered. What mappings are: grant/mapping_test.cpp.
#include "hypercall/grant.hpp"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t array = page_size; // where elements lie in the caller's RAM
constexpr std::uint64_t untouched = 0x7777'7777'7777'7777;

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

TEST_F(GrantCallTest, mapped_element_tells_place_and_handle)
{
    const auto mapped = map(wish(0));
    EXPECT_EQ(mapped.status, 0);
    EXPECT_EQ(mapped.gpa, frame_.address()); // dom0: the machine address
    EXPECT_NE(mapped.handle, 0u);
    EXPECT_EQ(unmap(mapped.handle), 0);
    EXPECT_EQ(unmap(mapped.handle), LINTEL_ENOENT);
}

TEST_F(GrantCallTest, other_domains_choose_a_place_in_their_window)
{
    become_unprivileged();
    const std::uint64_t at = (FakeDomain::window + 7).address();
    const auto mapped = map(wish(1, LINTEL_GRANT_READONLY, at));
    EXPECT_EQ(mapped.status, 0);
    EXPECT_EQ(mapped.gpa, at);
    EXPECT_EQ(map(wish(1, LINTEL_GRANT_READONLY, at)).status, LINTEL_EEXIST);
    for (const std::uint64_t wrong :
         {0ul, at + 8, at + page_size, FakeDomain::window.address() - page_size, 1ul << 52,
          ~0ul << 12})
        EXPECT_EQ(map(wish(0, 0, wrong)).status, LINTEL_EINVAL) << wrong;
    EXPECT_EQ(unmap(mapped.handle), 0);
}

TEST_F(GrantCallTest, refused_elements_have_a_status_and_no_handle)
{
    const auto status = [&](lintel_grant_map element) {
        const auto answer = map(element);
        EXPECT_EQ(answer.handle, 0u);
        EXPECT_EQ(answer.gpa, element.gpa);
        return answer.status;
    };
    EXPECT_EQ(status(wish(0, LINTEL_GRANT_READONLY << 1)), LINTEL_EINVAL);
    EXPECT_EQ(status(wish(0, 0x8000)), LINTEL_EINVAL);
    EXPECT_EQ(status(wish(0, 0, page_size)), LINTEL_EINVAL); // dom0 does not choose
    EXPECT_EQ(status(wish(1)), LINTEL_EPERM);                // read-only
    EXPECT_EQ(status(wish(2)), LINTEL_EPERM);                // not granted
    for (const std::uint32_t ref : {FakeDomain::refs, FakeDomain::refs + 1, ~0u})
        EXPECT_EQ(status(wish(ref)), LINTEL_ENOENT) << ref;
    for (const std::uint16_t number : {2, 1 + 128, 0xfffe})
        EXPECT_EQ(status({0, number, 0, 0, 0, 0}), LINTEL_ENOENT) << number;
    EXPECT_EQ(status({0, 0, 0, 0, 0, 0}), LINTEL_EINVAL); // the caller's own
    EXPECT_EQ(status({0, LINTEL_DOMAIN_SELF, 0, 0, 0, 0}), LINTEL_EINVAL);
    caller_.other.grant(2, {99}, caller_.self, true);
    EXPECT_EQ(status(wish(2)), LINTEL_EFAULT);
    EXPECT_EQ(caller_.other.lent_frames, 0u);
    EXPECT_EQ(caller_.self.mappings.count(), 0u);
}

TEST_F(GrantCallTest, bad_element_in_the_middle_does_not_end_the_batch)
{
    store(array,
          std::vector{wish(0), wish(99), wish(0), wish(0, 4), wish(1, LINTEL_GRANT_READONLY)});
    EXPECT_EQ(call(LINTEL_HC_grant_map, 5), 5);
    const std::int32_t expected[] = {0, LINTEL_ENOENT, 0, LINTEL_EINVAL, 0};
    std::vector<lintel_grant_unmap> handles;
    for (std::size_t i = 0; i < 5; ++i) {
        const auto element = load<lintel_grant_map>(array, i);
        EXPECT_EQ(element.status, expected[i]) << i;
        handles.push_back({element.handle, 77});
    }
    handles[3].handle = handles[0].handle; // twice the same
    store(array, handles);
    EXPECT_EQ(call(LINTEL_HC_grant_unmap, 5), 5);
    const std::int32_t ended[] = {0, LINTEL_ENOENT, 0, LINTEL_ENOENT, 0};
    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_EQ(load<lintel_grant_unmap>(array, i).status, ended[i]) << i;
    EXPECT_EQ(caller_.self.shootdowns, 1u);
    EXPECT_EQ(caller_.other.lent_frames, 0u);
}

TEST_F(GrantCallTest, one_call_does_a_limited_number)
{
    const std::uint64_t at = array + 8; // elements cross the pages' border
    store(at, std::vector<lintel_grant_unmap>(LINTEL_GRANT_BATCH + 1, {0, 77}));
    EXPECT_EQ(call(LINTEL_HC_grant_unmap, LINTEL_GRANT_BATCH + 1, at), LINTEL_GRANT_BATCH);
    EXPECT_EQ(load<lintel_grant_unmap>(at, LINTEL_GRANT_BATCH - 1).status, LINTEL_ENOENT);
    EXPECT_EQ(load<lintel_grant_unmap>(at, LINTEL_GRANT_BATCH).status, 77);
    EXPECT_EQ(call(LINTEL_HC_grant_unmap, ~0ul, at), LINTEL_GRANT_BATCH);
}

TEST_F(GrantCallTest, arrays_that_are_no_ram_or_not_aligned_are_refused_whole)
{
    for (const auto number : {LINTEL_HC_grant_map, LINTEL_HC_grant_unmap, LINTEL_HC_grant_copy,
                              LINTEL_HC_foreign_unmap, LINTEL_HC_grant_revoke_batch}) {
        EXPECT_EQ(call(number, 0), LINTEL_EINVAL);
        EXPECT_EQ(call(number, 1, array, 1), LINTEL_EINVAL);
        for (const std::uint64_t off : {1, 4, 7})
            EXPECT_EQ(call(number, 1, array + off), LINTEL_EINVAL);
        for (const std::uint64_t wrong : {0ul, 4 * page_size, 4 * page_size - 8 * 127, ~7ul})
            EXPECT_EQ(call(number, LINTEL_GRANT_BATCH, wrong), LINTEL_EFAULT) << wrong;
    }
    EXPECT_EQ(caller_.self.map_lock.taken, 0u);
}

TEST_F(GrantCallTest, only_answers_are_stored)
{
    const lintel_grant_copy element = piece(3 * page_size, 1, 2);
    store(array, std::vector{wish(99)});
    store(array + sizeof(lintel_grant_map), std::vector{untouched});
    EXPECT_EQ(call(LINTEL_HC_grant_map, 1), 1);
    EXPECT_EQ(load<lintel_grant_map>(array).ref, 99u);
    EXPECT_EQ(load<std::uint64_t>(array + sizeof(lintel_grant_map)), untouched);
    EXPECT_EQ(copy(element), 0);
    const auto after = load<lintel_grant_copy>(array);
    EXPECT_EQ(after.gpa, element.gpa);
    EXPECT_EQ(after.bytes, element.bytes);
}

// Another vCPU gives the array back while the first element is being done: it was looked up before,
// and what is done is told, wherever that goes.
TEST_F(GrantCallTest, array_is_looked_up_once)
{
    const std::uint64_t at = 2 * page_size - sizeof(lintel_grant_map); // two elements, in two pages
    store(at, std::vector{wish(0), wish(1, LINTEL_GRANT_READONLY)});
    unsigned lookups = 0;
    caller_.ram.before_lookup = [&](Gfn) { ++lookups; };
    EXPECT_EQ(call(LINTEL_HC_grant_map, 2, at), 2);
    EXPECT_EQ(lookups, 2u);
    EXPECT_EQ(load<lintel_grant_map>(at).status, 0);
    EXPECT_EQ(load<lintel_grant_map>(at, 1).status, 0);
    EXPECT_EQ(caller_.self.mappings.count(), 2u);
}

// A page of it is gone when it is looked up: nothing is done that could not be told.
TEST_F(GrantCallTest, nothing_is_done_without_a_place_for_the_answer)
{
    const std::uint64_t at = 2 * page_size - sizeof(lintel_grant_map);
    store(at, std::vector{wish(0), wish(0)});
    caller_.ram.before_lookup = [&](Gfn gfn) {
        if (gfn == Gfn{2})
            caller_.ram.remove({2});
    };
    EXPECT_EQ(call(LINTEL_HC_grant_map, 2, at), LINTEL_EFAULT);
    EXPECT_EQ(caller_.self.mappings.count(), 0u);
    EXPECT_EQ(caller_.other.uses[0], 0);
}

TEST_F(GrantCallTest, copies_go_both_ways)
{
    std::memcpy(page() + 100, "grant", 5);
    EXPECT_EQ(copy(piece(3 * page_size + 7, 100, 5, 0, 1)), 0);
    EXPECT_EQ(std::memcmp(&caller_.ram.at(3 * page_size + 7), "grant", 5), 0);
    EXPECT_EQ(caller_.ram.at(3 * page_size + 12), std::byte{0});
    std::memcpy(&caller_.ram.at(3 * page_size), "to the peer", 11);
    EXPECT_EQ(copy(piece(3 * page_size, 4096 - 11, 11, LINTEL_GRANT_TO_PEER)), 0);
    EXPECT_EQ(std::memcmp(page() + 4096 - 11, "to the peer", 11), 0);
    EXPECT_EQ(std::memcmp(page() + 100, "grant", 5), 0);
    EXPECT_EQ(copy(piece(2 * page_size + 5, 0, 4096)), 0); // the caller's side crosses pages
    EXPECT_EQ(std::memcmp(&caller_.ram.at(2 * page_size + 105), "grant", 5), 0);
    EXPECT_EQ(caller_.other.lent_frames, 0u);
}

TEST_F(GrantCallTest, bad_copies_are_refused_and_copy_nothing)
{
    std::memset(page(), 0x55, page_size);
    const std::uint64_t ram = 3 * page_size;
    EXPECT_EQ(copy(piece(ram, 0, 0)), LINTEL_EINVAL);
    EXPECT_EQ(copy(piece(ram, 4095, 2)), LINTEL_EINVAL);
    EXPECT_EQ(copy(piece(ram, 4096, 1)), LINTEL_EINVAL);
    EXPECT_EQ(copy(piece(ram, 0xffff, 0xffff)), LINTEL_EINVAL);
    EXPECT_EQ(copy(piece(ram, 0, 4097)), LINTEL_EINVAL);
    EXPECT_EQ(copy(piece(ram, 0, 8, 2)), LINTEL_EINVAL);
    EXPECT_EQ(copy(piece(ram, 0, 8, LINTEL_GRANT_TO_PEER, 1)), LINTEL_EPERM);
    EXPECT_EQ(copy(piece(ram, 0, 8, 0, 2)), LINTEL_EPERM);
    EXPECT_EQ(copy(piece(ram, 0, 8, 0, FakeDomain::refs)), LINTEL_ENOENT);
    EXPECT_EQ(copy(piece(ram + page_size - 4, 0, 8)), LINTEL_EFAULT);
    EXPECT_EQ(copy(piece(~0ul - 3, 0, 8)), LINTEL_EFAULT);
    EXPECT_EQ(copy({ram, 0, 0, 0, 0, 8, 0}), LINTEL_EINVAL);
    EXPECT_EQ(copy({ram, 0, 2, 0, 0, 8, 0}), LINTEL_ENOENT);
    for (std::uint64_t i = 0; i < page_size; ++i)
        ASSERT_EQ(caller_.ram.at(ram + i), std::byte{0});
    EXPECT_EQ(caller_.other.grants.used() + caller_.other.lent_frames, 0u);
}

TEST_F(GrantCallTest, revoke_answers_for_the_callers_own_entries)
{
    const auto revoke = [&](std::uint64_t ref) {
        return caller_.call(LINTEL_HC_grant_revoke, {ref, 0});
    };
    caller_.self.grant(3, {5}, caller_.other, true);
    EXPECT_EQ(revoke(3), LINTEL_EINVAL);
    caller_.self.set_entry(3, 0);
    EXPECT_EQ(revoke(3), 0);
    for (const std::uint64_t ref :
         {std::uint64_t{FakeDomain::refs}, 1ul << 32, (1ul << 32) + 3, ~0ul})
        EXPECT_EQ(revoke(ref), LINTEL_ENOENT) << ref;
    EXPECT_EQ(caller_.call(LINTEL_HC_grant_revoke, {3, 1}), LINTEL_EINVAL);
}

TEST_F(GrantCallTest, revoking_a_batch_tells_of_each_entry)
{
    caller_.self.grant(1, {1}, caller_.other, true);
    caller_.self.uses[2] = 1;
    store(array, std::vector<lintel_grant_revoke>{{0, 77}, {1, 77}, {2, 77}, {~0u, 77}});
    EXPECT_EQ(call(LINTEL_HC_grant_revoke_batch, 4), 4);
    const std::int32_t expected[] = {0, LINTEL_EINVAL, LINTEL_EBUSY, LINTEL_ENOENT};
    for (std::uint32_t i = 0; i < 4; ++i)
        EXPECT_EQ(load<lintel_grant_revoke>(array, i).status, expected[i]) << i;
    EXPECT_EQ(load<lintel_grant_revoke>(array, 2).ref, 2u);
}

class ForeignCallTest : public GrantCallTest {
protected:
    ForeignCallTest()
    {
        for (std::uint64_t gfn = 6; gfn <= 9; ++gfn)
            caller_.other.add_ram({gfn});
    }
    std::int64_t foreign_map(std::uint64_t domain, std::uint64_t gpa, std::uint64_t frames,
                             std::uint64_t answer = array, std::uint64_t flags = 0)
    {
        return caller_.call(LINTEL_HC_foreign_map, {domain, gpa, frames, answer, flags});
    }
};

TEST_F(ForeignCallTest, machine_addresses_are_told)
{
    const std::int64_t handle = foreign_map(1, 5 * page_size, 5, 2 * page_size - 16);
    ASSERT_GT(handle, 0);
    for (std::uint64_t i = 0; i < 5; ++i)
        EXPECT_EQ(load<std::uint64_t>(2 * page_size - 16, i),
                  caller_.other.map.lookup({5 + i}).frame.address());
    EXPECT_EQ(unmap(static_cast<std::uint32_t>(handle)), LINTEL_ENOENT);
    EXPECT_EQ(unmap(static_cast<std::uint32_t>(handle), LINTEL_HC_foreign_unmap), 0);
    EXPECT_EQ(caller_.other.lent_frames, 0u);
}

TEST_F(ForeignCallTest, read_only_when_asked_for)
{
    const std::int64_t handle = foreign_map(1, 5 * page_size, 1, array, LINTEL_GRANT_READONLY);
    EXPECT_EQ(caller_.self.map.lookup({frame_.number}).access, ept::Access::r);
    EXPECT_EQ(unmap(static_cast<std::uint32_t>(handle), LINTEL_HC_foreign_unmap), 0);
}

TEST_F(ForeignCallTest, bad_arguments_are_refused)
{
    const std::uint64_t gpa = 5 * page_size;
    EXPECT_EQ(foreign_map(1, gpa + 1, 1), LINTEL_EINVAL);
    EXPECT_EQ(foreign_map(1, gpa, 0), LINTEL_EINVAL);
    EXPECT_EQ(foreign_map(1, gpa, LINTEL_FOREIGN_FRAMES + 1), LINTEL_EINVAL);
    EXPECT_EQ(foreign_map(1, gpa, (1ul << 32) + 1), LINTEL_EINVAL);
    EXPECT_EQ(foreign_map(1, gpa, 1, array + 4), LINTEL_EINVAL);
    EXPECT_EQ(foreign_map(1, gpa, 1, array, 2), LINTEL_EINVAL);
    EXPECT_EQ(foreign_map(2, gpa, 1), LINTEL_ENOENT);
    EXPECT_EQ(foreign_map((1ul << 32) + 1, gpa, 1), LINTEL_ENOENT);
    EXPECT_EQ(foreign_map(0, gpa, 1), LINTEL_EPERM);
    EXPECT_EQ(foreign_map(LINTEL_DOMAIN_SELF, gpa, 1), LINTEL_EPERM);
    EXPECT_EQ(foreign_map(1, gpa, 1, 0), LINTEL_EFAULT);
    EXPECT_EQ(foreign_map(1, gpa, 2, 4 * page_size - 8), LINTEL_EFAULT);
    EXPECT_EQ(foreign_map(1, gpa, 6), LINTEL_EFAULT); // beyond its RAM
    EXPECT_EQ(foreign_map(1, ~0ul << 12, 2), LINTEL_EFAULT);
    EXPECT_EQ(caller_.other.lent_frames, 0u);
    EXPECT_EQ(caller_.self.mappings.count(), 0u);
}

TEST_F(ForeignCallTest, others_than_dom0_may_not_whatever_they_pass)
{
    become_unprivileged();
    for (const std::uint64_t value : {0ul, 1ul, page_size, ~0ul}) {
        EXPECT_EQ(foreign_map(value, value, value, value, value), LINTEL_EPERM);
        EXPECT_EQ(caller_.call(LINTEL_HC_foreign_unmap, {value, value, value}), LINTEL_EPERM);
    }
}

} // namespace
} // namespace lintel
