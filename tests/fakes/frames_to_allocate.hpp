// SPDX-License-Identifier: Apache-2.0
// What the tests of the frame allocator have in common: a small machine, none of it released yet.
#pragma once

#include <vector>

#include <gtest/gtest.h>

#include "mm/frame_allocator.hpp"

namespace lintel {

inline constexpr Owner dom0 = static_cast<Owner>(0);

class FrameAllocatorTest : public testing::Test {
protected:
    static constexpr std::uint64_t size = 1024;
    std::vector<FrameInfo> table_ = std::vector<FrameInfo>(size);
    FrameAllocator frames_{table_};
};
using FrameAllocatorDeathTest = FrameAllocatorTest;

} // namespace lintel
