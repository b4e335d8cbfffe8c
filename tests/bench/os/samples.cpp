// SPDX-License-Identifier: Apache-2.0
#include "samples.hpp"

#include <algorithm>
#include <numeric>

namespace bench {

Ticks Samples::minimum() const
{
    return *std::min_element(ticks_.begin(), ticks_.begin() + count_);
}

Ticks Samples::maximum() const
{
    return *std::max_element(ticks_.begin(), ticks_.begin() + count_);
}

Ticks Samples::mean() const
{
    return std::accumulate(ticks_.begin(), ticks_.begin() + count_, Ticks{0}) / count_;
}

Ticks Samples::median() const
{
    auto sorted = ticks_;
    const auto middle = sorted.begin() + count_ / 2;
    std::nth_element(sorted.begin(), middle, sorted.begin() + count_);
    return *middle;
}

} // namespace bench
