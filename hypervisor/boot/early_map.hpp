// SPDX-License-Identifier: Apache-2.0
// How much memory start-up's page tables reach (boot/entry.S), before mm/host_map.cpp builds the
// real ones.
#pragma once

#include "mm/frame.hpp"

extern "C" const bool early_map_has_1g_pages;

namespace lintel {

inline Mfn early_map_limit()
{
    return Mfn::of(early_map_has_1g_pages ? 512ull << 30 : 4ull << 30);
}

} // namespace lintel
