// SPDX-License-Identifier: Apache-2.0
// Check mode: after stores and commands, tables of the vCPU's domain are judged again (seal/rewalk.hpp); what
// is wrong is counted, and told with who was last seen storing there. Contract: docs/design/sealed.md#stores.
#pragma once

#include "domain/vcpu.hpp"

namespace lintel {

// After a store or a command to the entry at `address`.
[[gnu::cold]] void rewalk(Vcpu& vcpu, std::uint64_t address);
// After a batch whose first `slots` slots begin at `words`. The guest may have changed them by now, and then
// others are looked at.
[[gnu::cold]] void rewalk(Vcpu& vcpu, const volatile std::uint64_t* words, unsigned slots);

} // namespace lintel
