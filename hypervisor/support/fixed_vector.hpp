// SPDX-License-Identifier: Apache-2.0
// FixedVector<T, n>: a list of at most n small values, stored in place.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>

#include "support/assert.hpp"
#include "support/result.hpp"

namespace lintel {

template <typename T, std::size_t n>
requires std::is_trivially_copyable_v<T>
class FixedVector {
public:
    Result<> push_back(T value)
    {
        if (size_ == n)
            return Error::limit_reached;
        items_[size_++] = value;
        return {};
    }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    const T& operator[](std::size_t index) const
    {
        assert(index < size_);
        return items_[index];
    }
    const T* begin() const { return items_.data(); }
    const T* end() const { return items_.data() + size_; }
    static constexpr std::size_t capacity() { return n; }

private:
    std::array<T, n> items_{};
    std::size_t size_ = 0;
};

} // namespace lintel
