// SPDX-License-Identifier: Apache-2.0
// Beginnings, and upcalls.
#include "domain/vcpu.hpp"

namespace lintel {

void Vcpu::begin_at(const GuestEntry& where)
{
    registers = {};
    launched = false;
    injection = {};
    upcall_vector = 0;
    windows_wanted = 0;
    pause_exits = false;
    cr8 = 0;
    pinned = false;
    stepping = {};
    left_with.reset();
    if (where.long_mode)
        left_with = Gfn::of(where.cr3);
    cpuid_cache.forget();
    extended->reset();
    wakes_on_upcall = wakes_on_nmi = wakes_on_kick = false;
    take_note(nmi_due);
    take_note(kicked);
    entry = where;
}

void UpcallTargets::upcall(VcpuIndex index)
{
    Vcpu* const vcpu = vcpus[index];
    if (vcpu == nullptr)
        return;
    set_note(vcpu->upcall_due);
    vcpu->wake();
}

} // namespace lintel
