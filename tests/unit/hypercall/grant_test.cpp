// SPDX-License-Identifier: Apache-2.0
// grant_map and grant_unmap, and the batches of all grant calls: arguments and what each element is
// answered. What mappings are: grant/mapping_test.cpp.
#include "hypercall/grant.hpp"

#include <vector>

#include "fakes/grant_calls.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t untouched = 0x7777'7777'7777'7777;

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

} // namespace
} // namespace lintel
