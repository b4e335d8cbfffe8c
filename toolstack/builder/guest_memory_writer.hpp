// SPDX-License-Identifier: Apache-2.0
// Stores into a guest's memory before the guest runs. Fresh frames hold zeros, which are not
// written again.
#pragma once

#include <cstring>
#include <span>

#include "liblintel/control.hpp"

namespace lintel {

// Eight bytes per step whatever the library's memcpy would choose: a kernel has megabytes of it.
inline void copy_words(std::byte* to, std::span<const std::byte> from)
{
    auto words = from.size() / 8;
    const auto* source = from.data();
    asm volatile("rep movsq" : "+D"(to), "+S"(source), "+c"(words) : : "memory");
    std::memcpy(to, source, from.size() % 8);
}

// `bytes` at `gpa`, which need not be aligned.
inline Outcome<> write_guest(Control& control, DomainId domain, std::uint64_t gpa,
                             std::span<const std::byte> bytes)
{
    if (bytes.empty())
        return {};
    const auto offset = gpa % page_bytes;
    const auto pages = (offset + bytes.size() + page_bytes - 1) / page_bytes;
    const auto mapping = TRY(control.map(domain, gpa - offset, pages));
    copy_words(mapping.at(offset), bytes);
    return {};
}

} // namespace lintel
