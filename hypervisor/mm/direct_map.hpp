// SPDX-License-Identifier: Apache-2.0
// Where root mode sees all RAM of the machine: PML4 slot 256 on, machine address + base.
#pragma once

#include "mm/frame.hpp"

namespace lintel {

inline constexpr std::uint64_t direct_map_base = 0xffff'8000'0000'0000;

template <typename T = std::byte>
T* at_address(std::uint64_t machine_address)
{
    return reinterpret_cast<T*>(direct_map_base + machine_address);
}
template <typename T = std::byte>
T* at_frame(Mfn frame)
{
    return at_address<T>(frame.address());
}
// Only for objects reached through the direct map.
inline Mfn frame_of(const void* object)
{
    return Mfn::of(reinterpret_cast<std::uint64_t>(object) - direct_map_base);
}

} // namespace lintel
