// SPDX-License-Identifier: Apache-2.0
// Erasing free memory while there is nothing else to do, so that new domains find it clean.
#pragma once

namespace lintel {

// Erases a small piece on the calling CPU, which looks for better work before it calls again.
// Returns whether there was something to erase.
bool scrub_free_memory();

} // namespace lintel
