// SPDX-License-Identifier: Apache-2.0
// The first domain: from the boot loader's modules to vCPUs ready to run.
#pragma once

#include "boot/firmware.hpp"
#include "boot/memory_plan.hpp"

namespace lintel {

// Never returns an error: what is wrong with the modules or the memory ends in halt_machine with
// one line for the user. `plan` stays: dom0's RAM is looked up in it.
void build_dom0(const multiboot2::Info& info, const MemoryPlan& plan, const Firmware& firmware,
                std::uint32_t vcpus);

// Its first vCPU runs as soon as its CPU looks for work.
void start_dom0();

} // namespace lintel
