// SPDX-License-Identifier: Apache-2.0
// Makes other CPUs leave the guest, and waits until they have caught up.
#include "domain/shootdown.hpp"

#include <bit>

#include "cpu/apic.hpp"
#include "domain/vcpu.hpp"
#include "vmx/port.hpp"
#include "vmx/vmcs_setup.hpp"

namespace lintel {

void flush_translations(Domain& domain)
{
    const Translations::Epoch epoch = domain.translations.now(); // before, not after
    vmcs::invept(ept_pointer(domain.map.root()));
    domain.translations.note_flush(this_cpu().index, epoch);
}

void catch_up_served()
{
    if (const Vcpu* const served = this_cpu().current)
        catch_up(*served->domain);
}

void shoot_down(Domain& domain)
{
    const unsigned self = this_cpu().index;
    const Translations::Epoch epoch = domain.translations.advance();
    for (std::uint64_t others = domain.translations.behind(epoch) & ~(1ull << self); others != 0;
         others &= others - 1)
        apic::send(cpus()[std::countr_zero(others)]->apic_id, apic::Delivery::fixed,
                   apic::kick_vector);
    wait_for_translations(domain.translations, epoch, catch_up_served);
}

} // namespace lintel
