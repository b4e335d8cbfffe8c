// SPDX-License-Identifier: Apache-2.0
// What dom0's hypercalls find out about domains, the machine and the log.
#include "cpu/clock.hpp"
#include "cpu/log.hpp"
#include "domain/domain_table.hpp"
#include "hypercall/vcpu_caller.hpp"
#include "sched/run_queue.hpp"

namespace lintel {

namespace {

std::uint32_t public_state(DomainState state)
{
    switch (state) {
    case DomainState::paused:
        return LINTEL_DOMAIN_PAUSED;
    case DomainState::running:
        return LINTEL_DOMAIN_RUNNING;
    case DomainState::shut_down:
        return LINTEL_DOMAIN_SHUT_DOWN;
    case DomainState::crashed:
        return LINTEL_DOMAIN_CRASHED;
    case DomainState::dying:
        return LINTEL_DOMAIN_DYING;
    }
    __builtin_unreachable(); // -Werror=switch keeps this true
}

void add_vcpus(const Domain& domain, lintel_domain_info& info)
{
    std::uint64_t ticks = 0;
    for (const Vcpu* const vcpu : domain.targets.vcpus) {
        if (vcpu == nullptr)
            continue;
        info.vcpus_blocked += sched::state_of(*vcpu) == RunState::blocked ? 1 : 0;
        ticks += vcpu->cpu_time.ticks(read_tsc());
    }
    info.cpu_ns = machine_clock().to_ns.apply(ticks);
}

// The state and what belongs to it are read together.
void add_state(Domain& domain, lintel_domain_info& info)
{
    const Guard guard{domain.end_lock};
    info.state = public_state(domain.state);
    info.reason = domain.shutdown_reason;
    const std::string_view text = domain.crash_reason.substr(0, sizeof info.text - 1);
    __builtin_memcpy(info.text, text.data(), text.size());
}

void describe(Domain& domain, lintel_domain_info& info)
{
    info.domain = domain.id.number;
    info.vcpus = domain.limits.vcpus;
    info.event_ports = domain.limits.event_ports;
    info.ports_bound = domain.events.bound_ports();
    info.grant_entries = domain.limits.grant_entries;
    info.grants_mapped = domain.grants.used();
    info.frames_mapped = __atomic_load_n(&domain.lent_frames, __ATOMIC_RELAXED);
    info.mappings = domain.mappings.count();
    info.frames = domain.frames_now();
    info.max_frames = domain.limits.max_frames;
    info.table_frames = domain.map.tables();
    info.state_frames = domain.state_frames.frames();
    info.mappings_limit = domain.limits.mappings;
    info.created_ns = domain.created_ns;
    if (const Sealed* const sealed = domain.sealed) {
        info.page_tables =
            sealed->is_sealed() ? LINTEL_PAGE_TABLES_SEALED : LINTEL_PAGE_TABLES_UNSEALED;
        info.create_flags = sealed->flags;
        info.protected_frames = sealed->protected_now();
    }
    add_state(domain, info);
    add_vcpus(domain, info);
}

Result<> describe(Domain* domain, lintel_domain_info& info)
{
    if (domain == nullptr)
        return Error::not_found;
    describe(*domain, info);
    return {};
}

// RAM that domains have.
std::uint64_t frames_of_domains()
{
    std::uint64_t sum = 0;
    for (const Domain* domain = domains().find_next(0); domain != nullptr;
         domain = domains().find_next(domain->id.number + 1u))
        sum += domain->frames_now();
    return sum;
}

} // namespace

Result<> VcpuCaller::domain_info(std::uint32_t number, lintel_domain_info& info)
{
    return describe(domains().find_any(number), info);
}

Result<> VcpuCaller::next_domain_info(std::uint32_t number, lintel_domain_info& info)
{
    return describe(domains().find_next(number), info);
}

void VcpuCaller::machine_info(lintel_machine_info& info)
{
    info.frames = ram_frames();
    info.free_frames = frames().free_frames();
    info.dirty_frames = frames().dirty_frames();
    info.hypervisor_frames = info.frames - info.free_frames - frames_of_domains();
    info.tsc_khz = machine_clock().khz;
    info.system_time_ns = system_time_ns();
    info.cpus = static_cast<std::uint32_t>(cpus().size());
    info.domains = domains().count();
}

LogRing::Read VcpuCaller::log_read(std::uint64_t& cursor, std::span<char> out)
{
    return lintel::log_read(cursor, out);
}

std::uint64_t VcpuCaller::log_end()
{
    return lintel::log_end();
}

} // namespace lintel
