// SPDX-License-Identifier: Apache-2.0
// Which I/O ports and MSRs a vCPU reaches without an exit: one set for dom0, one for all others.
#pragma once

#include "mm/frame.hpp"
#include "support/result.hpp"

namespace lintel {

struct ExitBitmaps {
    Mfn ports; // two frames in a row
    Mfn msrs;
};

// Once, before the first domain is made.
Result<> make_exit_bitmaps();
const ExitBitmaps& exit_bitmaps(bool privileged);

} // namespace lintel
