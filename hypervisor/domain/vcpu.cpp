// SPDX-License-Identifier: Apache-2.0
// Upcalls reach vCPUs.
#include "domain/vcpu.hpp"

namespace lintel {

void UpcallTargets::upcall(VcpuIndex vcpu)
{
    if (vcpus[vcpu] != nullptr)
        vcpus[vcpu]->upcall_due = true;
}

} // namespace lintel
