// SPDX-License-Identifier: Apache-2.0
// From a number to its call: known numbers reach their handlers, everything else is ENOSYS, and no
// call takes a flag that has no meaning yet.
#include "hypercall/dispatch.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"

namespace lintel {
namespace {

struct Call {
    const char* name;
    std::uint64_t number;
    std::size_t arguments; // `flags` is the last one, if there are any
};
constexpr Call calls[] = {
#define HYPERCALL(name, number, arguments) {#name, number, arguments},
#include <lintel/hypercalls.def>
#undef HYPERCALL
};

bool takes_a_domain(std::uint64_t number)
{
    return number >= LINTEL_HC_domain_destroy && number <= LINTEL_HC_domain_shutdown;
}

TEST(Dispatch, revision_answers_whatever_the_registers_hold)
{
    FakeCaller caller;
    EXPECT_EQ(caller.call(LINTEL_HC_abi_revision), LINTEL_ABI_REVISION);
    EXPECT_EQ(caller.call(LINTEL_HC_abi_revision, {~0ull, ~0ull, ~0ull, ~0ull, ~0ull}),
              LINTEL_ABI_REVISION);
}

bool is_call(std::uint64_t number)
{
    return std::any_of(std::begin(calls), std::end(calls),
                       [&](const Call& call) { return call.number == number; });
}

TEST(Dispatch, numbers_that_no_call_has_are_refused)
{
    FakeCaller caller;
    for (std::uint64_t number = 0; number < 2 * LINTEL_HC_NUMBERS; ++number)
        EXPECT_TRUE(is_call(number) || caller.call(number) == LINTEL_ENOSYS) << number;
    for (const std::uint64_t number : {1ull << 31, 1ull << 63, ~0ull, ~0ull - 1, 0xffff'ffffull})
        EXPECT_EQ(caller.call(number), LINTEL_ENOSYS) << number;
}

// A truncated register would make these known numbers.
TEST(Dispatch, upper_half_of_the_number_counts)
{
    FakeCaller caller;
    for (const Call& call : calls)
        for (const std::uint64_t upper : {1ull << 32, 1ull << 16, 1ull << 8, 1ull << 63})
            EXPECT_EQ(caller.call(upper + call.number), LINTEL_ENOSYS) << call.name;
}

TEST(Dispatch, list_ascends_and_stays_below_the_counters_limit)
{
    std::uint64_t least = 0;
    for (const Call& call : calls) {
        EXPECT_GE(call.number, least) << call.name;
        least = call.number + 1;
    }
    EXPECT_LE(least, std::uint64_t{LINTEL_HC_NUMBERS});
}

TEST(Dispatch, unknown_flags_are_refused_by_every_call)
{
    for (const Call& call : calls)
        for (const std::uint64_t flags : {1ull, 1ull << 31, 1ull << 32, 1ull << 63, ~0ull}) {
            if (call.arguments == 0)
                continue;
            if ((call.number == LINTEL_HC_irq_bind && flags == LINTEL_IRQ_LEVEL) ||
                (call.number == LINTEL_HC_domain_info && flags == LINTEL_DOMAIN_INFO_NEXT) ||
                (call.number == LINTEL_HC_seal && flags == LINTEL_SEAL_PAIR) ||
                (call.number == LINTEL_HC_event_send && flags == LINTEL_EVENT_YIELD))
                continue; // known there
            FakeCaller caller;
            HypercallArguments in{}; // zeros are good arguments, or fail for another reason
            if (takes_a_domain(call.number))
                in[0] = 1; // zero is dom0 itself
            in[call.arguments - 1] = flags;
            EXPECT_EQ(caller.call(call.number, in), LINTEL_EINVAL) << call.name;
            EXPECT_EQ(caller.shutdown_reason, std::nullopt);
            EXPECT_EQ(caller.deadline, std::nullopt);
            EXPECT_EQ(caller.upcall_vector, std::nullopt);
        }
}

TEST(Dispatch, registers_beyond_the_arguments_are_ignored)
{
    for (const Call& call : calls) {
        FakeCaller plain, dirty;
        HypercallArguments in{};
        const std::int64_t expected = plain.call(call.number, in);
        for (std::size_t i = call.arguments; i < in.size(); ++i)
            in[i] = ~0ull;
        EXPECT_EQ(dirty.call(call.number, in), expected) << call.name;
    }
}

// Values at the borders of every width, in every register of every call.
TEST(Dispatch, wild_arguments_give_a_result_or_a_status_and_never_more)
{
    constexpr std::uint64_t wild[] = {0,          1,          7,          8,          4095,
                                      4096,       4097,       1ull << 31, 1ull << 32, 1ull << 52,
                                      1ull << 63, ~0ull - 31, ~0ull,      0xffff'ffff};
    std::mt19937_64 random{4};
    FakeCaller caller;
    caller.ram.add(Gfn{1});
    for (int round = 0; round < 50'000; ++round) {
        HypercallArguments in;
        for (std::uint64_t& argument : in)
            argument = wild[random() % std::size(wild)];
        const Call& call = calls[random() % std::size(calls)];
        const std::int64_t result = caller.call(call.number, in);
        const bool count = call.number == LINTEL_HC_domain_populate;
        ASSERT_TRUE(result >= -4095 && (count || result <= LINTEL_CONSOLE_BYTES))
            << call.name << result;
    }
}

} // namespace
} // namespace lintel
