// SPDX-License-Identifier: Apache-2.0
// Waiting until nobody uses a domain any more that was found by its number. Why it is right:
// cpu/quiescence.hpp.
#pragma once

namespace lintel {

// The calling CPU holds no domain that it found by number: it is taking an interrupt.
void note_quiet();

// Returns when every CPU has been quiet since the call. The caller holds no lock, and of what it found
// only what is hidden from all others. It may serve a vCPU: it catches up meanwhile, as shoot_down().
void wait_for_grace_period();

} // namespace lintel
