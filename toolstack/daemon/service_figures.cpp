// SPDX-License-Identifier: Apache-2.0
// What clients are told of domains, of the machine, of the hypervisor's log.
#include <cerrno>

#include "daemon/service.hpp"

namespace lintel {
namespace {

static_assert(proto::Domain::NESTED == LINTEL_PAGE_TABLES_NESTED &&
              proto::Domain::UNSEALED == LINTEL_PAGE_TABLES_UNSEALED &&
              proto::Domain::SEALED == LINTEL_PAGE_TABLES_SEALED);

proto::State state_of(const lintel_domain_info& info)
{
    switch (info.state) {
    case LINTEL_DOMAIN_PAUSED:
        return proto::PAUSED;
    case LINTEL_DOMAIN_RUNNING:
        return proto::RUNNING;
    case LINTEL_DOMAIN_SHUT_DOWN:
        return proto::SHUT_DOWN;
    case LINTEL_DOMAIN_CRASHED:
        return proto::CRASHED;
    default:
        return proto::DYING;
    }
}

} // namespace

proto::Domain Service::describe(const lintel_domain_info& info) const
{
    proto::Domain domain;
    const DomainId id{info.domain};
    const auto* const guest = guests_.of(id);
    domain.set_name(guests_.name_of(id));
    domain.set_domain(info.domain);
    domain.set_state(state_of(info));
    domain.set_vcpus(info.vcpus);
    domain.set_vcpus_blocked(info.vcpus_blocked);
    domain.set_memory_bytes(info.frames * page_bytes);
    domain.set_max_memory_bytes(info.max_frames * page_bytes);
    domain.set_table_bytes(info.table_frames * page_bytes);
    domain.set_state_bytes(info.state_frames * page_bytes);
    domain.set_page_tables(static_cast<proto::Domain::PageTables>(info.page_tables));
    domain.set_protected_bytes(info.protected_frames * page_bytes);
    domain.set_ports_bound(info.ports_bound);
    domain.set_ports_limit(info.event_ports);
    domain.set_grants_mapped(info.grants_mapped);
    domain.set_grants_limit(info.grant_entries);
    domain.set_frames_mapped(info.frames_mapped);
    domain.set_mappings(info.mappings);
    domain.set_mappings_limit(info.mappings_limit);
    domain.set_cpu_ns(info.cpu_ns);
    domain.set_created_ns(info.created_ns);
    domain.set_restarts(guest != nullptr ? guest->record.restarts() : 0);
    domain.set_crash(info.text);
    return domain;
}

Service::Answer Service::list()
{
    proto::Reply reply;
    auto& domains = *reply.mutable_list();
    std::uint32_t from = 0;
    for (;;) {
        const auto info = control_.domain_info_next(DomainId{from});
        if (!info.ok() && info.error().code != ENOENT)
            return info.error();
        if (!info.ok())
            return reply;
        *domains.add_domains() = describe(info.value());
        from = info.value().domain + 1;
    }
}

Service::Answer Service::info(const std::string& name)
{
    const auto id = name == "dom0" ? dom0 : TRY(guests_.find(name))->domain();
    const auto info = TRY(control_.domain_info(id));
    proto::Reply reply;
    *reply.mutable_domain() = describe(info);
    return reply;
}

Service::Answer Service::machine()
{
    const auto info = TRY(control_.machine_info());
    const auto domains = TRY(list());
    proto::Reply reply;
    auto& machine = *reply.mutable_machine();
    machine.set_frames(info.frames);
    machine.set_free_frames(info.free_frames);
    machine.set_dirty_frames(info.dirty_frames);
    machine.set_hypervisor_frames(info.hypervisor_frames);
    machine.set_cpus(info.cpus);
    machine.set_domains(info.domains);
    machine.set_tsc_khz(info.tsc_khz);
    machine.set_system_time_ns(info.system_time_ns);
    for (const auto& domain : domains.list().domains()) {
        machine.set_ports_bound(machine.ports_bound() + domain.ports_bound());
        machine.set_grants_mapped(machine.grants_mapped() + domain.grants_mapped());
        machine.set_frames_mapped(machine.frames_mapped() + domain.frames_mapped());
    }
    return reply;
}

Service::Answer Service::log(std::uint64_t position)
{
    const auto text = TRY(control_.log_read(position));
    proto::Reply reply;
    reply.mutable_log()->set_position(text.position);
    reply.mutable_log()->set_end(text.end);
    reply.mutable_log()->set_text(text.text);
    return reply;
}

} // namespace lintel
