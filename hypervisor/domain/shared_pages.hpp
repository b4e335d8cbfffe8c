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
    std::uint64_t* grants; // the guest's to write
    volatile std::uint64_t* commands; // likewise, a page for each vCPU; null: there are none
    Gfn window_root; // guest page-directory-pointer table for PML4 slot 509
    Gfn info_at;     // where the guest sees `info`
};

// Allocates the pages from `bag` and maps them into `map` one after the other from `place` on, which has
// room for LINTEL_SHARED_BYTES, each with the rights of its kind. No place: at their machine frames, as
// dom0 has it.
Result<SharedPages> make_shared_pages(FrameBag& bag, GuestPhysicalMap& map, std::uint32_t vcpus,
                                      std::uint32_t grant_entries, std::uint32_t command_pages,
                                      GfnRange place);

} // namespace lintel
