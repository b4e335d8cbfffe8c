// SPDX-License-Identifier: Apache-2.0
#include "mm/scrub.hpp"

#include "mm/machine_memory.hpp"

namespace lintel {

bool scrub_free_memory()
{
    const auto frame = frames().take_dirty(0);
    if (!frame)
        return false;
    __builtin_memset(at_frame(frame->first), 0, page_size);
    frames().give_erased(*frame);
    return true;
}

} // namespace lintel
