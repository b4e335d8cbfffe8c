// SPDX-License-Identifier: Apache-2.0
// Expected<T, E>: like Result<T>, for the few places whose errors are a list of their own.
#pragma once

#include <type_traits>

#include "support/assert.hpp"

namespace lintel {

template <typename T, typename E>
requires std::is_trivially_copyable_v<T> && std::is_enum_v<E>
class [[nodiscard]] Expected {
public:
    Expected(const T& value) : value_{value}, ok_{true} {}
    Expected(E error) : error_{error} {}

    bool ok() const { return ok_; }
    E error() const
    {
        assert(!ok_);
        return error_;
    }
    // Only after ok() was asked, or with a comment that proves it.
    const T& value() const
    {
        assert(ok_);
        return value_;
    }
    T take() const { return value(); } // for TRY

private:
    T value_{};
    E error_{};
    bool ok_ = false;
};

} // namespace lintel
