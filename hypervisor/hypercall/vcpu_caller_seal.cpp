// SPDX-License-Identifier: Apache-2.0
// What hypercalls do to a domain's sealed page tables.
#include "hypercall/vcpu_caller.hpp"

namespace lintel {

bool VcpuCaller::may_seal() const
{
    return false;
}

Result<> VcpuCaller::seal_declare(GfnRange, std::uint32_t)
{
    return Error::unknown_call;
}

Result<std::uint64_t> VcpuCaller::seal(Gfn, bool)
{
    return Error::unknown_call;
}

Result<std::uint64_t> VcpuCaller::pt_exchange(std::uint64_t, std::uint64_t)
{
    return Error::unknown_call;
}

Result<std::uint64_t> VcpuCaller::pt_batch(unsigned, unsigned)
{
    return Error::unknown_call;
}

Result<std::uint64_t> VcpuCaller::pt_donate(GfnRange)
{
    return Error::unknown_call;
}

Result<std::uint64_t> VcpuCaller::pt_withdraw(GfnRange)
{
    return Error::unknown_call;
}

Result<> VcpuCaller::text_write(std::uint64_t, std::uint64_t, unsigned)
{
    return Error::unknown_call;
}

Result<std::uint64_t> VcpuCaller::text_make(GfnRange)
{
    return Error::unknown_call;
}

Result<std::uint64_t> VcpuCaller::text_drop(GfnRange)
{
    return Error::unknown_call;
}

} // namespace lintel
