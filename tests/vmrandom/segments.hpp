// SPDX-License-Identifier: Apache-2.0
// A segment of a process's own in its LDT, as old programs have.
#pragma once

namespace vmrandom {

// Linux shows the LDT to the processor by page tables of the process, which it frees at its end. Children
// have it too. False: the kernel has no such call.
bool have_segment();

} // namespace vmrandom
