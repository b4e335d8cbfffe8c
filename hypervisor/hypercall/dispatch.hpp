// SPDX-License-Identifier: Apache-2.0
// From a number to its handler. The table comes from hypercalls.def; a call that is in the list and
// has no handler does not compile. Contract: docs/abi/hypercalls.md.
#pragma once

#include <cstdint>

#include <lintel/hypercall.h>

#include "hypercall/abi_revision.hpp"
#include "hypercall/arguments.hpp"
#include "hypercall/console.hpp"
#include "hypercall/domain.hpp"
#include "hypercall/domain_create.hpp"
#include "hypercall/domain_info.hpp"
#include "hypercall/event.hpp"
#include "hypercall/foreign.hpp"
#include "hypercall/grant.hpp"
#include "hypercall/irq.hpp"
#include "hypercall/log_read.hpp"
#include "hypercall/memory.hpp"
#include "hypercall/seal.hpp"
#include "hypercall/shutdown.hpp"
#include "hypercall/status.hpp"
#include "hypercall/time_register.hpp"
#include "hypercall/timer_set.hpp"
#include "hypercall/upcall_set.hpp"
#include "hypercall/vcpu.hpp"

namespace lintel {

// The guest's RAX: a value of zero or more, or a negative status.
template <typename Caller>
std::int64_t dispatch_hypercall(Caller& caller, std::uint64_t number, const HypercallArguments& in)
{
    const auto reply = [](Result<std::uint64_t> result) -> std::int64_t {
        return result.ok() ? static_cast<std::int64_t>(result.value()) : status_of(result.error());
    };
    switch (number) {
#define HYPERCALL(name, value, arguments) \
    case value:                           \
        return reply(hypercall_##name(caller, in));
#include <lintel/hypercalls.def>
#undef HYPERCALL
    default:
        return LINTEL_ENOSYS;
    }
}

} // namespace lintel
