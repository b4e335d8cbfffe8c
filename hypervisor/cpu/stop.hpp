// SPDX-License-Identifier: Apache-2.0
// The machine's end, as far as the other CPUs are concerned: one CPU brings it about, all others
// stop where they are, by an NMI that no lock and no guest can hold off.
#pragma once

namespace lintel {

// Returns on one CPU only, once for the machine or again on the CPU that was first; the others hang.
// Afterwards nothing but the caller runs, and the log is the caller's.
void stop_other_cpus();

// An NMI came, in root mode or on behalf of a guest. Nobody but stop_other_cpus sends any, firmware
// may.
void take_nmi();

[[noreturn]] void hang();

} // namespace lintel
