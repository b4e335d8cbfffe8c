// SPDX-License-Identifier: Apache-2.0
// Assertions guard our own invariants, never what a guest, a file or firmware says.
// `assert` stays in every build; `assert_slow` only where LINTEL_DEBUG is set.
#pragma once

namespace lintel {

// Never returns. On the machine: cpu/panic.cpp. In host tests: prints and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

#ifdef LINTEL_DEBUG
inline constexpr bool debug_build = true;
#else
inline constexpr bool debug_build = false;
#endif

} // namespace lintel

#undef assert
#define assert(expression)               \
    (__builtin_expect(!!(expression), 1) \
         ? void()                        \
         : ::lintel::assertion_failed(#expression, __FILE_NAME__, __LINE__))

#ifdef LINTEL_DEBUG
#define assert_slow(expression) assert(expression)
#else
#define assert_slow(expression) void()
#endif
