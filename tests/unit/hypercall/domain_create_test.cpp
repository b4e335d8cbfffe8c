// SPDX-License-Identifier: Apache-2.0
// domain_create: every field of what a domain is to be. Contract: docs/abi/domains.md#domain_create.
#include "hypercall/domain_create.hpp"

#include <cstring>

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t page = 1 * page_size;
constexpr lintel_domain_create good{.vcpus = 2,
                                    .event_ports = 128,
                                    .grant_entries = 512,
                                    .mappings = 64,
                                    .max_frames = 0x8000,
                                    .shared_gpa = 0xf000'0000,
                                    .foreign_gpa = 0x1'4000'0000,
                                    .foreign_frames = 0x1000,
                                    .devices_gpa = 0xf020'0000,
                                    .devices = 4,
                                    .flags = 0,
                                    .sealed_frames = 0,
                                    .reserved = {}};

class DomainCreateTest : public testing::Test {
protected:
    DomainCreateTest() { caller_.ram.add(Gfn{1}); }
    std::int64_t create(const lintel_domain_create& wanted)
    {
        std::memcpy(&caller_.ram.at(page), &wanted, sizeof wanted);
        return caller_.call(LINTEL_HC_domain_create, {page});
    }
    // With one field of another value.
    template <typename Field, typename Value>
    std::int64_t create_with(Field lintel_domain_create::*field, Value value)
    {
        lintel_domain_create wanted = good;
        wanted.*field = static_cast<Field>(value);
        caller_.domains.clear();
        return create(wanted);
    }
    FakeCaller caller_;
};
using C = lintel_domain_create;

TEST_F(DomainCreateTest, result_is_the_number_and_the_wishes_arrive)
{
    EXPECT_EQ(create(good), 1);
    EXPECT_EQ(create(good), 2);
    ASSERT_EQ(caller_.created.size(), 2u);
    EXPECT_EQ(std::memcmp(&caller_.created[0], &good, sizeof good), 0);
}

TEST_F(DomainCreateTest, limit_of_domains_is_told)
{
    for (std::size_t i = 0; i < FakeCaller::most_domains; ++i)
        EXPECT_GT(create(good), 0);
    EXPECT_EQ(create(good), LINTEL_ENOSPC);
}

TEST_F(DomainCreateTest, nobody_but_dom0_may)
{
    caller_.is_dom0 = false;
    EXPECT_EQ(create(good), LINTEL_EPERM);
    EXPECT_EQ(caller_.call(LINTEL_HC_domain_create, {1, 1}), LINTEL_EPERM);
    EXPECT_TRUE(caller_.created.empty());
}

TEST_F(DomainCreateTest, bad_places_are_refused)
{
    EXPECT_EQ(caller_.call(LINTEL_HC_domain_create, {page + 4}), LINTEL_EINVAL);
    EXPECT_EQ(caller_.call(LINTEL_HC_domain_create, {page, 1}), LINTEL_EINVAL);
    for (const std::uint64_t gpa : {0ul, 2 * page_size - 8, ~7ul})
        EXPECT_EQ(caller_.call(LINTEL_HC_domain_create, {gpa}), LINTEL_EFAULT);
}

TEST_F(DomainCreateTest, limits_at_their_borders_are_taken)
{
    for (const std::uint32_t vcpus : {1u, 32u})
        EXPECT_GT(create_with(&C::vcpus, vcpus), 0);
    for (const std::uint32_t ports : {64u, 4096u})
        EXPECT_GT(create_with(&C::event_ports, ports), 0);
    for (const std::uint32_t entries : {512u, 32768u})
        EXPECT_GT(create_with(&C::grant_entries, entries), 0);
    for (const std::uint32_t mappings : {0u, 65536u})
        EXPECT_GT(create_with(&C::mappings, mappings), 0);
    for (const std::uint64_t frames : {1ull, ~0ull})
        EXPECT_GT(create_with(&C::max_frames, frames), 0);
}

TEST_F(DomainCreateTest, limits_beyond_their_borders_are_refused)
{
    for (const std::uint32_t vcpus : {0u, 33u, ~0u})
        EXPECT_EQ(create_with(&C::vcpus, vcpus), LINTEL_EINVAL) << vcpus;
    for (const std::uint32_t ports : {0u, 1u, 63u, 65u, 100u, 4160u, ~0u, 1u << 31})
        EXPECT_EQ(create_with(&C::event_ports, ports), LINTEL_EINVAL) << ports;
    for (const std::uint32_t entries : {0u, 1u, 511u, 513u, 32768u + 512, ~0u, 1u << 31})
        EXPECT_EQ(create_with(&C::grant_entries, entries), LINTEL_EINVAL) << entries;
    for (const std::uint32_t mappings : {65537u, ~0u})
        EXPECT_EQ(create_with(&C::mappings, mappings), LINTEL_EINVAL) << mappings;
    EXPECT_EQ(create_with(&C::max_frames, 0), LINTEL_EINVAL);
    EXPECT_TRUE(caller_.created.empty());
}

TEST_F(DomainCreateTest, unknown_flags_and_reserved_words_are_refused)
{
    for (unsigned bit = 0; bit < 32; ++bit)
        EXPECT_EQ(create_with(&C::flags, 1u << bit), LINTEL_EINVAL);
    for (std::size_t word = 0; word < std::size(good.reserved); ++word) {
        lintel_domain_create wanted = good;
        wanted.reserved[word] = 1ull << 40;
        EXPECT_EQ(create(wanted), LINTEL_EINVAL) << word;
    }
}

constexpr lintel_domain_create sealed = [] {
    lintel_domain_create wanted = good;
    wanted.flags = LINTEL_DOMAIN_SEALED;
    wanted.sealed_frames = 0x8000;
    return wanted;
}();

TEST_F(DomainCreateTest, domain_that_may_seal_is_made_with_its_flags)
{
    lintel_domain_create wanted = sealed;
    for (const std::uint32_t flags : {0u, LINTEL_DOMAIN_SEAL_OR_NESTED, LINTEL_DOMAIN_SEAL_CHECK}) {
        caller_.domains.clear();
        wanted.flags = LINTEL_DOMAIN_SEALED | flags;
        EXPECT_GT(create(wanted), 0);
        EXPECT_EQ(caller_.created.back().flags, wanted.flags);
        wanted.flags = flags; // without the first they mean nothing
        EXPECT_EQ(create(wanted), LINTEL_EINVAL);
    }
    wanted.flags = LINTEL_DOMAIN_SEALED | 8;
    EXPECT_EQ(create(wanted), LINTEL_EINVAL);
}

TEST_F(DomainCreateTest, what_a_seal_knows_lies_clear_of_all_that_is_no_ram)
{
    lintel_domain_create wanted = sealed;
    const std::uint64_t bad[] = {0, (1 << 28) + 1, ~0ull, sealed.shared_gpa / page_size + 1,
                                 sealed.foreign_gpa / page_size + 1};
    for (const std::uint64_t frames : bad) {
        wanted.sealed_frames = frames;
        EXPECT_EQ(create(wanted), LINTEL_EINVAL) << frames;
    }
    wanted.sealed_frames = sealed.shared_gpa / page_size;
    EXPECT_GT(create(wanted), 0);
    EXPECT_EQ(create_with(&C::sealed_frames, 1), LINTEL_EINVAL); // which may not seal
}

TEST_F(DomainCreateTest, processor_that_cannot_seal_is_told_unless_it_may_go_on)
{
    caller_.machine_seals = false;
    lintel_domain_create wanted = sealed;
    EXPECT_EQ(create(wanted), LINTEL_EINVAL);
    wanted.flags |= LINTEL_DOMAIN_SEAL_OR_NESTED;
    EXPECT_GT(create(wanted), 0);
    EXPECT_EQ(caller_.created.back().flags, 0u);
}

TEST_F(DomainCreateTest, unaligned_ranges_are_refused)
{
    EXPECT_EQ(create_with(&C::shared_gpa, good.shared_gpa + page_size), LINTEL_EINVAL);
    EXPECT_EQ(create_with(&C::foreign_gpa, good.foreign_gpa + page_size), LINTEL_EINVAL);
    EXPECT_EQ(create_with(&C::devices_gpa, good.devices_gpa + 8), LINTEL_EINVAL);
}

TEST_F(DomainCreateTest, ranges_beyond_the_address_width_are_refused)
{
    const std::uint64_t end = 1ull << caller_.physical_bits();
    EXPECT_GT(create_with(&C::shared_gpa, end - LINTEL_SHARED_BYTES), 0);
    for (const std::uint64_t beyond : {end, end << 1, 1ul << 63, ~0ul << 21})
        EXPECT_EQ(create_with(&C::shared_gpa, beyond), LINTEL_EINVAL) << beyond;
    EXPECT_EQ(create_with(&C::foreign_gpa, end - (1ull << 21)), LINTEL_EINVAL);
    for (const std::uint64_t frames : {1ull << 52, ~0ull, ~0ull - 512})
        EXPECT_EQ(create_with(&C::foreign_frames, frames), LINTEL_EINVAL) << frames;
    EXPECT_EQ(create_with(&C::devices_gpa, end - page_size), LINTEL_EINVAL);
    EXPECT_EQ(create_with(&C::devices_gpa, end), LINTEL_EINVAL);
}

TEST_F(DomainCreateTest, overlapping_ranges_are_refused)
{
    EXPECT_EQ(create_with(&C::devices_gpa, good.shared_gpa), LINTEL_EINVAL);
    EXPECT_EQ(create_with(&C::devices_gpa, good.shared_gpa - page_size), LINTEL_EINVAL);
    EXPECT_EQ(create_with(&C::devices_gpa, good.shared_gpa + LINTEL_SHARED_BYTES - page_size),
              LINTEL_EINVAL);
    EXPECT_EQ(create_with(&C::foreign_gpa, good.shared_gpa), LINTEL_EINVAL);
    EXPECT_EQ(create_with(&C::foreign_gpa, good.shared_gpa - (1ull << 21)), LINTEL_EINVAL);
    EXPECT_EQ(create_with(&C::devices_gpa, good.foreign_gpa + page_size), LINTEL_EINVAL);
    lintel_domain_create wanted = good;
    wanted.foreign_gpa = 0x8000'0000;
    wanted.foreign_frames = 0x7'0000; // up to the shared pages
    EXPECT_GT(create(wanted), 0);
    ++wanted.foreign_frames;
    EXPECT_EQ(create(wanted), LINTEL_EINVAL);
}

TEST_F(DomainCreateTest, ranges_that_touch_or_are_empty_are_taken)
{
    EXPECT_GT(create_with(&C::devices_gpa, good.shared_gpa - 4 * page_size), 0);
    lintel_domain_create wanted = good;
    wanted.foreign_gpa = wanted.devices_gpa = good.shared_gpa;
    wanted.foreign_frames = 0;
    wanted.devices = 0;
    EXPECT_GT(create(wanted), 0);
}

// dom0 may change the words meanwhile: what is checked must be what is used.
TEST_F(DomainCreateTest, wishes_are_read_once)
{
    EXPECT_EQ(create(good), 1);
    EXPECT_EQ(caller_.ram.lookups[1], 1u);
}

} // namespace
} // namespace lintel
