// SPDX-License-Identifier: Apache-2.0
// How many vCPUs a domain can have. Contract: docs/abi/info.md.
#pragma once

#include <lintel/event.h>

namespace lintel {

inline constexpr unsigned vcpu_limit = 32;
static_assert(vcpu_limit <= LINTEL_EVENT_VCPUS);

} // namespace lintel
