// SPDX-License-Identifier: Apache-2.0
// What hypercalls do to the machine and to the vCPU that calls.
#include "hypercall/vcpu_caller.hpp"

#include "cpu/console.hpp"
#include "domain/balloon.hpp"
#include "sched/time.hpp"

namespace lintel {

std::size_t VcpuCaller::console_write(std::span<const std::byte> bytes)
{
    return console_put(bytes);
}

std::size_t VcpuCaller::console_read(std::span<std::byte> room)
{
    std::size_t stored = 0;
    for (int byte; stored < room.size() && (byte = console_get()) >= 0; ++stored)
        room[stored] = static_cast<std::byte>(byte);
    return stored;
}

void VcpuCaller::shut_down(std::uint32_t reason)
{
    vcpu_.domain->shut_down(reason);
}

void VcpuCaller::set_timer(std::uint64_t deadline_ns)
{
    sched::set_timer(vcpu_, deadline_ns);
}

void VcpuCaller::set_upcall_vector(std::uint8_t vector)
{
    vcpu_.upcall_vector = vector;
    look_again(); // the upcall may be due already
}

Result<> VcpuCaller::register_time(std::uint32_t index, std::uint64_t address)
{
    if (vcpu_.domain->vcpu(index) == nullptr)
        return Error::not_found;
    std::byte* const page = TRY(vcpu_.domain->ram_page(Gfn::of(address)));
    sched::publish_time(*reinterpret_cast<lintel_time_record*>(page + address % page_size));
    return {};
}

Result<std::uint64_t> VcpuCaller::release_memory(GfnRange range)
{
    return lintel::release_memory(*vcpu_.domain, range);
}

Result<std::uint64_t> VcpuCaller::claim_memory(GfnRange range)
{
    return lintel::claim_memory(*vcpu_.domain, range);
}

} // namespace lintel
