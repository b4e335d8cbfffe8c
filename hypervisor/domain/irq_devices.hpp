// SPDX-License-Identifier: Apache-2.0
// The interrupts of this machine's devices, which are dom0's: irq_table.hpp over the real I/O
// APICs. Who binds or releases holds the lock of the domain's ports.
#pragma once

#include "domain/domain.hpp"
#include "domain/irq_table.hpp"

namespace lintel {

using MachineIoApics = IoApics<MappedRegisters>;

// Filled at start-up, before other CPUs run.
MachineIoApics& io_apics();
// A line that stays the hypervisor's.
void keep_irq(std::uint32_t gsi);

Result<Port> bind_irq(Domain& domain, Line line, VcpuIndex vcpu, std::uint8_t apic_id);
Result<Port> bind_msi(Domain& domain, VcpuIndex vcpu, std::uint8_t apic_id, lintel_msi& message);
Result<> end_irq(Domain& domain, Port port);
// After the port that `vector` led to was closed.
void release_irq(std::uint8_t vector);

constexpr bool is_device_vector(std::uint8_t vector)
{
    return IrqTable<MachineIoApics>::has(vector);
}
// One of them came to this CPU. Ends it at the local APIC.
void device_interrupt(std::uint8_t vector);

} // namespace lintel
