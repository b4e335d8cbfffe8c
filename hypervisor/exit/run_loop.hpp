// SPDX-License-Identifier: Apache-2.0
// What a CPU does all day: serve a vCPU until it lets go, then the next one, or wait.
#pragma once

namespace lintel {

// Returns only when dom0 has ended on this CPU, by the doing of this_cpu().current. The vCPUs of any
// other domain that ends stop, and the CPU goes on with others.
void run_cpu();

} // namespace lintel
