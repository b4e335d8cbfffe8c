// SPDX-License-Identifier: Apache-2.0
// The first domain: from the boot loader's modules to a vCPU ready to run.
#pragma once

#include "boot/firmware.hpp"
#include "boot/memory_plan.hpp"
#include "domain/vcpu.hpp"
#include "vmx/features.hpp"

namespace lintel {

// Never returns an error: what is wrong with the modules or the memory ends in halt_machine with
// one line for the user. The vCPU's VMCS is current afterwards.
Vcpu& build_dom0(const multiboot2::Info& info, const MemoryPlan& plan, const Firmware& firmware,
                 const VmxFeatures& features, std::uint64_t wall_clock_ns);

} // namespace lintel
