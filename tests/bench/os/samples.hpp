// SPDX-License-Identifier: Apache-2.0
// What one operation took, over and over.
#pragma once

#include <vector>

#include "ticks.hpp"

namespace bench {

class Samples {
public:
    // Touches the memory now, so that adding a sample faults in nothing.
    explicit Samples(unsigned capacity) : ticks_(capacity), count_{0} {}

    void add(Ticks ticks) { ticks_[count_++] = ticks; }

    unsigned count() const { return count_; }
    Ticks minimum() const;
    Ticks median() const;
    Ticks maximum() const;
    Ticks mean() const;

private:
    std::vector<Ticks> ticks_;
    unsigned count_;
};

} // namespace bench
