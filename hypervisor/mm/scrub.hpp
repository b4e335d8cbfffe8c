// SPDX-License-Identifier: Apache-2.0
// Erasing free memory while there is nothing else to do, so that new domains find it clean.
#pragma once

namespace lintel {

// Erases a frame on the calling CPU, which looks for better work before it calls again: an interrupt
// waits no longer than that, and no frame stays taken while the CPU does something else. Returns
// whether there was something to erase.
bool scrub_free_memory();

} // namespace lintel
