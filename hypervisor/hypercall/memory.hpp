// SPDX-License-Identifier: Apache-2.0
// memory_release and memory_claim: RAM that a domain gives back and takes again. Contract:
// docs/abi/memory.md.
#pragma once

#include "hypercall/arguments.hpp"
#include "mm/frame.hpp"

namespace lintel {

// What one call does at most: one large page's worth, so that a call ends soon.
inline constexpr std::uint64_t memory_call_frames = 512;

// The part of the wanted range that this call does: it ends at a 2 MiB boundary.
inline Result<GfnRange> memory_call_range(const HypercallArguments& in)
{
    const auto [address, count, flags, unused, unused2] = in;
    TRY(no_flags(flags));
    if (address % page_size != 0 || count == 0)
        return Error::bad_argument;
    const Gfn first = Gfn::of(address);
    const std::uint64_t room = memory_call_frames - first.number % memory_call_frames;
    return GfnRange{first, count < room ? count : room};
}

template <typename Caller>
Result<std::uint64_t> hypercall_memory_release(Caller& caller, const HypercallArguments& in)
{
    return caller.release_memory(TRY(memory_call_range(in)));
}

template <typename Caller>
Result<std::uint64_t> hypercall_memory_claim(Caller& caller, const HypercallArguments& in)
{
    return caller.claim_memory(TRY(memory_call_range(in)));
}

} // namespace lintel
