// SPDX-License-Identifier: Apache-2.0
// The pages a domain shares with the hypervisor, and the guest page table that shows them in the
// window. Contract: docs/abi/window.md.
#pragma once

#include "mm/machine_memory.hpp"
#include "mm/owner.hpp"

#include <lintel/event.h>
#include <lintel/info.h>
#include <lintel/time.h>
#include <lintel/window.h>

namespace lintel {

struct SharedPages {
    lintel_info* info;
    lintel_time_record* time;
    lintel_events* events;
    lintel_vcpu_stats* stats;
    Gfn window_root; // guest page-directory-pointer table for PML4 slot 509
};

// Allocates the pages and maps them into `map`, each at the guest-physical frame that `place` gives
// its machine frame (identity for dom0), with the rights of its kind. Frames in a row stay in a row.
Result<SharedPages> make_shared_pages(GuestPhysicalMap& map, std::uint32_t vcpus,
                                      Gfn (*place)(Mfn));

} // namespace lintel
