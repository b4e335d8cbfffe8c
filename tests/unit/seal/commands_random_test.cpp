// SPDX-License-Identifier: Apache-2.0
// Random commands against a reference model and a walk as the processor does it. What is run here, and with
// more sense for where it is dangerous, is the fuzzer's target `sealed`.
#include "fuzz/sealed/run.hpp"

#include <memory>
#include <random>

#include <gtest/gtest.h>

namespace lintel::fuzz::sealed {
namespace {

class SealCommandsRandom : public testing::TestWithParam<unsigned> {};

// A difference ends the program, as under the fuzzer: REQUIRE says where.
TEST_P(SealCommandsRandom, code_and_model_agree)
{
    std::mt19937 random{GetParam()};
    for (unsigned time = 0; time < 300; ++time) {
        std::vector<std::uint8_t> bytes(1500);
        for (std::uint8_t& byte : bytes)
            byte = static_cast<std::uint8_t>(random());
        std::make_unique<fuzz::sealed::Run>(Input{bytes})->go();
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SealCommandsRandom, testing::Range(1u, 5u));

} // namespace
} // namespace lintel::fuzz::sealed
