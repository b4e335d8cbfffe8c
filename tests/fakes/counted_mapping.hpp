// SPDX-License-Identifier: Apache-2.0
// A mapping of a guest's pages that counts itself while it lasts.
#pragma once

#include <utility>

namespace lintel {

class CountedMapping {
public:
    CountedMapping() = default;
    explicit CountedMapping(int* mapped) : mapped_{mapped} { ++*mapped_; }
    CountedMapping(CountedMapping&& other) noexcept : mapped_{std::exchange(other.mapped_, nullptr)}
    {
    }
    CountedMapping& operator=(CountedMapping&& other) noexcept
    {
        std::swap(mapped_, other.mapped_);
        return *this;
    }
    ~CountedMapping()
    {
        if (mapped_)
            --*mapped_;
    }

private:
    int* mapped_ = nullptr;
};

} // namespace lintel
