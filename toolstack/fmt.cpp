// SPDX-License-Identifier: Apache-2.0
// The compiled part of fmt: Debian ships it as a shared library only, and dom0 has none. Also what
// keeps floating point formatting out of the program as long as nobody uses it.
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {
template FMT_API auto thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template FMT_API auto decimal_point_impl(locale_ref) -> char;
} // namespace detail
FMT_END_NAMESPACE
