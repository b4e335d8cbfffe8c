// SPDX-License-Identifier: Apache-2.0
// Runs a vCPU: enter, handle the exit, enter again.
#pragma once

#include "domain/vcpu.hpp"

namespace lintel {

// Until the vCPU's domain runs no more; then its state says why. The vCPU's VMCS must be current.
void run(Vcpu& vcpu);

} // namespace lintel
