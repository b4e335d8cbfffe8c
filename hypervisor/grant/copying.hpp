// SPDX-License-Identifier: Apache-2.0
// Copies to and from a granted page, without a mapping. `D` as in grant/mapping.hpp, with
// `bytes_of(frame)` beside.
#pragma once

#include <cstddef>
#include <span>

#include "grant/grant_table.hpp"
#include "grant/lending.hpp"
#include "support/undo.hpp"

namespace lintel {

// Lets `copy(bytes)` read, or write, the page that `owner` grants to `user` by its entry `ref`. The
// grant is in use meanwhile.
template <typename D, typename Copy>
Result<> with_granted_page(D& user, D& owner, std::uint32_t ref, bool writing, Copy copy)
{
    const Gfn page = TRY(owner.grants.begin_use(ref, user.id, writing));
    const Undo use_end{[&] { owner.grants.end_use(ref); }};
    const Mfn frame = TRY(lend_frame(owner, page));
    const Undo frame_end{[&] { give_frame_back(owner, frame); }};
    return copy(std::span<std::byte, page_size>{owner.bytes_of(frame), page_size});
}

} // namespace lintel
