// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or an Error, never both, never ignored. TRY(expression) yields the value or
// returns the error from the enclosing function.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "support/assert.hpp"
#include "support/error.hpp"

namespace lintel {

template <typename T = void>
class [[nodiscard]] Result {
public:
    Result(T value) : ok_{true} { new (&value_) T(std::move(value)); }
    Result(Error error) : error_{error} {}
    Result(Result&& other) noexcept : ok_{other.ok_}
    {
        if (ok_)
            new (&value_) T(std::move(other.value_));
        else
            error_ = other.error_;
    }
    Result& operator=(Result&&) = delete;
    ~Result()
    {
        if (ok_)
            value_.~T();
    }

    bool ok() const { return ok_; }
    Error error() const
    {
        assert(!ok_);
        return error_;
    }
    // Only after ok() was asked, or with a comment that proves it.
    T& value()
    {
        assert(ok_);
        return value_;
    }
    T take() { return std::move(value()); }

private:
    bool ok_ = false;
    union {
        T value_;
        Error error_;
    };
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_{error}, ok_{false} {}

    bool ok() const { return ok_; }
    Error error() const
    {
        assert(!ok_);
        return error_;
    }
    void take() const { assert(ok_); }

private:
    Error error_{};
    bool ok_ = true;
};

} // namespace lintel

#define TRY(expression)                 \
    ({                                  \
        auto try_result = (expression); \
        if (!try_result.ok())           \
            return try_result.error();  \
        try_result.take();              \
    })
