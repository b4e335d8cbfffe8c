// SPDX-License-Identifier: Apache-2.0
// Outcome<T>: a value or a Failure, never both, never ignored. It is to the toolstack what Result
// is to the hypervisor, and TRY works with both. Our code throws nothing; what the standard library
// throws (out of memory) ends the program.
#pragma once

#include <cstring>
#include <string>
#include <utility>
#include <variant>

#include "support/result.hpp"

namespace lintel {

struct Failure {
    int code;         // an errno value, for decisions
    std::string text; // one line for a person: what is wrong and, where there is one, the way out
};

// "WHAT: No such file or directory", of an errno value.
inline Failure system_failure(const std::string& what, int error)
{
    return Failure{error, what + ": " + std::strerror(error)};
}

template <typename T = void>
class [[nodiscard]] Outcome {
public:
    Outcome(T value) : content_{std::in_place_index<0>, std::move(value)} {}
    Outcome(Failure failure) : content_{std::in_place_index<1>, std::move(failure)} {}

    bool ok() const { return content_.index() == 0; }
    const Failure& error() const
    {
        assert(!ok());
        return *std::get_if<1>(&content_);
    }
    // Only after ok() was asked.
    T& value()
    {
        assert(ok());
        return *std::get_if<0>(&content_);
    }
    const T& value() const
    {
        assert(ok());
        return *std::get_if<0>(&content_);
    }
    T take() { return std::move(value()); }

private:
    std::variant<T, Failure> content_;
};

template <>
class [[nodiscard]] Outcome<void> {
public:
    Outcome() = default;
    Outcome(Failure failure) : failure_{std::move(failure)}, ok_{false} {}

    bool ok() const { return ok_; }
    const Failure& error() const
    {
        assert(!ok_);
        return failure_;
    }
    void take() const { assert(ok_); }

private:
    Failure failure_{};
    bool ok_ = true;
};

} // namespace lintel
