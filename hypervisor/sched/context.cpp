// SPDX-License-Identifier: Apache-2.0
// Exchanges vCPUs on a CPU.
#include "sched/context.hpp"

#include <array>

#include "vmx/machine.hpp"
#include "vmx/port.hpp"
#include "vmx/vmcs_setup.hpp"

namespace lintel::sched {

namespace {

struct alignas(64) CpuContext { // each its CPU's own
    Vcpu* loaded = nullptr;
    Domain* domain = nullptr; // whose translations are in use
};
std::array<CpuContext, cpu_limit> contexts;

CpuContext& own_context()
{
    return contexts[this_cpu().index];
}

void begin(Vcpu& vcpu)
{
    const Domain& domain = *vcpu.domain;
    const VmcsPages pages{vcpu.vmcs, domain.io_bitmaps, domain.msr_bitmap, domain.map.root()};
    set_up_vmcs(pages, machine_vmx(), this_cpu(), vcpu.vpid, *vcpu.entry);
    vmcs::invalidate_all(); // what the VPID meant in the vCPU's last life
    vcpu.entry.reset();
}

void use_translations(CpuContext& own, Domain* domain)
{
    if (own.domain == domain)
        return;
    if (own.domain != nullptr)
        own.domain->translations.end(this_cpu().index);
    own.domain = domain;
    if (domain != nullptr)
        domain->translations.begin(this_cpu().index);
}

} // namespace

void enter_context(Vcpu& vcpu)
{
    CpuContext& own = own_context();
    this_cpu().current = &vcpu;
    use_translations(own, vcpu.domain);
    if (own.loaded == &vcpu)
        return;
    if (own.loaded != nullptr)
        own.loaded->extended->save();
    own.loaded = &vcpu;
    if (vcpu.entry)
        begin(vcpu);
    else
        vmcs::vmptrld(vcpu.vmcs);
    vcpu.extended->load();
}

void rest()
{
    this_cpu().current = nullptr;
    use_translations(own_context(), nullptr);
}

void drop_context(Vcpu& vcpu)
{
    CpuContext& own = own_context();
    assert(own.loaded == &vcpu);
    own.loaded = nullptr;
    vmcs::vmclear(vcpu.vmcs);
    rest();
}

} // namespace lintel::sched
