// SPDX-License-Identifier: Apache-2.0
// VMX on this machine: what its processors offer, and switching it on.
#pragma once

#include <string_view>

#include "vmx/features.hpp"

namespace lintel {

// What the boot CPU's probe found; the others are taken to be alike, which start_vmx() checks.
const VmxFeatures& machine_vmx();

// Probes the calling CPU. Empty, or one line for the user.
std::string_view probe_machine_vmx();
// Puts the calling CPU into VMX root. Empty, or one line for the user.
std::string_view start_vmx();

} // namespace lintel
