// SPDX-License-Identifier: Apache-2.0
#include "daemon/service.hpp"

#include <cerrno>

#include <fmt/format.h>

#include "proto/config_check.hpp"

namespace lintel {
namespace {

proto::Reply done()
{
    proto::Reply reply;
    reply.mutable_done();
    return reply;
}

Outcome<proto::Reply> when_done(const Outcome<>& outcome)
{
    if (!outcome.ok())
        return outcome.error();
    return done();
}

proto::Reply failed(const Failure& failure)
{
    proto::Reply reply;
    reply.mutable_failure()->set_code(failure.code);
    reply.mutable_failure()->set_text(failure.text);
    return reply;
}

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

Outcome<> check_path(const std::string& path)
{
    if (!path.empty() && path.front() != '/')
        return Failure{EINVAL, path + ": is not an absolute path"};
    return {};
}

Outcome<> check(const proto::DomainConfig& config)
{
    if (const auto complaint = find_complaint(config))
        return Failure{EINVAL, complaint->field + ": " + complaint->text};
    std::vector<std::string> paths{config.kernel(), config.ramdisk()};
    for (const auto& disk : config.disk())
        paths.push_back(disk.path());
    for (const auto& path : paths)
        TRY(check_path(path));
    return {};
}

} // namespace

void Service::handle(Client& client, const proto::Request& request)
{
    const auto id = client.id();
    auto answer = act(client, request);
    auto* const asker = answer ? find_(id) : nullptr;
    if (asker != nullptr)
        asker->reply(request.id(), answer->ok() ? answer->take() : failed(answer->error()));
}

std::optional<Service::Answer> Service::act(Client& client, const proto::Request& request)
{
    switch (request.kind_case()) {
    case proto::Request::kCreate:
        return create(client, request.create());
    case proto::Request::kDestroy:
        return destroy(client, request);
    case proto::Request::kShutdown:
        return shut_down(client, request);
    case proto::Request::kPause:
        return when_done(guests_.pause(request.pause().name()));
    case proto::Request::kUnpause:
        return when_done(guests_.unpause(request.unpause().name()));
    case proto::Request::kList:
        return list();
    case proto::Request::kInfo:
        return info(request.info().name());
    case proto::Request::kMachine:
        return machine();
    case proto::Request::kAttach:
        return attach(client, request.attach().name());
    case proto::Request::kInput:
        return input(client, request.input());
    case proto::Request::kLog:
        return log(request.log().position());
    case proto::Request::kDetach:
        client.detach();
        return done();
    case proto::Request::kAttachDisk:
        return attach_disk(request.attach_disk());
    case proto::Request::kDetachDisk:
        return detach_disk(client, request);
    case proto::Request::kResizeDisk:
        return when_done(guests_.resize_disk(request.resize_disk().guest(),
                                             request.resize_disk().disk(),
                                             request.resize_disk().bytes()));
    case proto::Request::kDisks:
        return disks(request.disks().name());
    case proto::Request::KIND_NOT_SET:
        break;
    }
    return Failure{ENOSYS,
                   "linteld does not know this request: are lintel and linteld of one version?"};
}

Service::Answer Service::create(Client& client, const proto::Create& request)
{
    TRY(check(request.config()));
    std::function<void(Console&)> attach;
    if (request.attach())
        attach = [&client](Console& console) { client.attach(console); };
    const auto* const guest = TRY(guests_.create(request.config(), request.paused(), attach));
    return info(guest->name());
}

Service::Answer Service::attach(Client& client, const std::string& name)
{
    auto& guest = *TRY(guests_.find(name));
    client.attach(guest.console);
    if (guest.phase == Guest::Phase::preserved) { // what it said is still to be seen
        client.detach();
        client.ended(guest.end);
    }
    return done();
}

std::optional<Service::Answer> Service::input(Client& client, const std::string& text)
{
    if (client.console() == nullptr)
        return Failure{EINVAL, "attached to no console"};
    client.console()->input(text);
    return {};
}

Guests::Waiter Service::answer_later(const Client& client, const proto::Request& request) const
{
    return [find = find_, client = client.id(), id = request.id()](const proto::End& end) {
        auto* const asker = find(client);
        if (asker == nullptr)
            return;
        proto::Reply reply;
        *reply.mutable_end() = end;
        asker->reply(id, std::move(reply));
    };
}

std::optional<Service::Answer> Service::destroy(Client& client, const proto::Request& request)
{
    const auto begun = guests_.destroy(request.destroy().name(), answer_later(client, request));
    if (!begun.ok())
        return begun.error();
    return {};
}

std::optional<Service::Answer> Service::shut_down(Client& client, const proto::Request& request)
{
    const auto& wanted = request.shutdown();
    const auto reason = wanted.reboot() ? ShutdownReason::reboot : ShutdownReason::poweroff;
    const auto waiter = wanted.wait() ? answer_later(client, request) : Guests::Waiter{};
    const auto asked = guests_.shut_down(wanted.name(), reason, waiter);
    if (asked.ok() && wanted.wait())
        return {};
    return when_done(asked);
}

static_assert(proto::Domain::NESTED == LINTEL_PAGE_TABLES_NESTED &&
              proto::Domain::UNSEALED == LINTEL_PAGE_TABLES_UNSEALED &&
              proto::Domain::SEALED == LINTEL_PAGE_TABLES_SEALED);

Service::Answer Service::attach_disk(const proto::AttachDisk& request)
{
    if (const auto complaint = find_complaint(request.disk()))
        return Failure{EINVAL, complaint->field + ": " + complaint->text};
    TRY(check_path(request.disk().path()));
    return when_done(guests_.attach_disk(request.guest(), request.disk()));
}

std::optional<Service::Answer> Service::detach_disk(const Client& client,
                                                    const proto::Request& request)
{
    constexpr std::uint32_t longest = 3600;
    const auto& wanted = request.detach_disk();
    const std::chrono::seconds most{std::min(wanted.seconds(), longest)};
    const auto begun = guests_.detach_disk(
        wanted.guest(), wanted.disk(), most,
        [find = find_, client = client.id(), id = request.id()](const Outcome<>& outcome) {
            if (auto* const asker = find(client); asker != nullptr)
                asker->reply(id, outcome.ok() ? done() : failed(outcome.error()));
        });
    if (!begun.ok())
        return begun.error();
    return {};
}

Service::Answer Service::disks(const std::string& name)
{
    const auto* const guest = name.empty() ? nullptr : TRY(guests_.find(name));
    proto::Reply reply;
    *reply.mutable_disks() = guests_.disks(guest);
    return reply;
}

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
