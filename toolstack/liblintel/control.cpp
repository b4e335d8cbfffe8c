// SPDX-License-Identifier: Apache-2.0
// Arguments into registers' places, results into outcomes.
#include "liblintel/control.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <lintel/control.h>
#include <lintel/grant.h>

namespace lintel {

namespace {

std::string name_of(std::uint64_t call)
{
    switch (call) {
#define HYPERCALL(name, number, arguments) \
    case number:                           \
        return #name;
#include <lintel/hypercalls.def>
#undef HYPERCALL
    }
    return "a hypercall";
}

std::uint64_t number(DomainId domain)
{
    return static_cast<std::uint32_t>(domain);
}

} // namespace

Outcome<std::uint64_t> Control::call(lintel_hypercall number,
                                     std::span<const std::uint64_t> arguments, Buffer buffer)
{
    lintel_ioctl_call request{};
    request.number = static_cast<std::uint64_t>(number);
    std::copy(arguments.begin(), arguments.end(), request.args);
    request.buffer = reinterpret_cast<std::uintptr_t>(buffer.data);
    request.bytes = buffer.bytes;
    request.buffer_arg = buffer.argument;
    if (const int error = device_.request(LINTEL_IOCTL_CALL, &request); error != 0)
        return system_failure(name_of(request.number), -error);
    if (request.result < 0)
        return system_failure(name_of(request.number), static_cast<int>(-request.result));
    return static_cast<std::uint64_t>(request.result);
}

Outcome<std::uint64_t> Control::call(lintel_hypercall number,
                                     std::initializer_list<std::uint64_t> arguments, Buffer buffer)
{
    return call(number, std::span{arguments.begin(), arguments.size()}, buffer);
}

Outcome<std::uint64_t> Control::call(lintel_hypercall number,
                                     std::initializer_list<std::uint64_t> arguments)
{
    return call(number, arguments, Buffer{});
}

Outcome<> Control::act(lintel_hypercall number, std::initializer_list<std::uint64_t> arguments)
{
    TRY(call(number, arguments));
    return {};
}

Outcome<DomainId> Control::domain_create(const lintel_domain_create& limits)
{
    auto copy = limits;
    const auto domain = TRY(call(LINTEL_HC_domain_create, {0, 0}, {&copy, sizeof copy, 0}));
    return DomainId{static_cast<std::uint32_t>(domain)};
}

Outcome<bool> Control::domain_destroy(DomainId domain)
{
    return TRY(call(LINTEL_HC_domain_destroy, {number(domain), 0})) == 0;
}

Outcome<std::uint64_t> Control::domain_populate(DomainId domain, std::uint64_t gpa,
                                                std::uint64_t frames)
{
    return call(LINTEL_HC_domain_populate, {number(domain), gpa, frames, 0});
}

Outcome<> Control::domain_start(DomainId domain, std::uint32_t entry, std::uint64_t start_info)
{
    lintel_domain_start start{};
    start.entry = entry;
    start.start_info = start_info;
    TRY(call(LINTEL_HC_domain_start, {number(domain), 0, 0}, {&start, sizeof start, 1}));
    return {};
}

Outcome<> Control::domain_pause(DomainId domain)
{
    return act(LINTEL_HC_domain_pause, {number(domain), 0});
}

Outcome<> Control::domain_unpause(DomainId domain)
{
    return act(LINTEL_HC_domain_unpause, {number(domain), 0});
}

Outcome<> Control::domain_shutdown(DomainId domain, ShutdownReason reason)
{
    return act(LINTEL_HC_domain_shutdown, {number(domain), static_cast<std::uint32_t>(reason), 0});
}

Outcome<lintel_domain_info> Control::info(DomainId domain, std::uint64_t flags)
{
    lintel_domain_info info{};
    TRY(call(LINTEL_HC_domain_info, {number(domain), 0, flags}, {&info, sizeof info, 1}));
    info.text[sizeof info.text - 1] = 0;
    return info;
}

Outcome<lintel_domain_info> Control::domain_info(DomainId domain)
{
    return info(domain, 0);
}

Outcome<lintel_domain_info> Control::domain_info_next(DomainId from)
{
    return info(from, LINTEL_DOMAIN_INFO_NEXT);
}

Outcome<lintel_machine_info> Control::machine_info()
{
    lintel_machine_info info{};
    TRY(call(LINTEL_HC_machine_info, {0, 0}, {&info, sizeof info, 0}));
    return info;
}

Outcome<LogText> Control::log_read(std::uint64_t position)
{
    constexpr std::size_t longest = 4096; // docs/abi/domains.md#log_read
    std::array<char, longest> buffer{};
    const auto bytes = TRY(call(LINTEL_HC_log_read, {position, 0, buffer.size(), 0},
                                {buffer.data(), buffer.size(), 1}));
    lintel_log_chunk chunk{};
    if (bytes < sizeof chunk || bytes > buffer.size())
        return Failure{EPROTO, "log_read: the answer has an impossible size"};
    std::memcpy(&chunk, buffer.data(), sizeof chunk);
    return LogText{chunk.position, chunk.end,
                   std::string(buffer.data() + sizeof chunk, bytes - sizeof chunk)};
}

Outcome<GuestPort> Control::event_alloc(DomainId domain)
{
    const auto port = TRY(call(LINTEL_HC_event_alloc, {number(domain), number(dom0), 0}));
    return GuestPort{static_cast<std::uint32_t>(port)};
}

Outcome<Mapping> Control::map(DomainId domain, std::uint64_t gpa, std::uint64_t pages)
{
    return map_at(TRY(map_offset(domain, gpa, pages)), pages);
}

Outcome<std::uint64_t> Control::map_offset(DomainId domain, std::uint64_t gpa, std::uint64_t pages)
{
    lintel_ioctl_map_foreign request{};
    request.domain = static_cast<std::uint32_t>(domain);
    request.gpa = gpa;
    request.pages = pages;
    if (const int error = device_.request(LINTEL_IOCTL_MAP_FOREIGN, &request); error != 0)
        return system_failure("mapping the domain's memory", -error);
    return request.offset;
}

Outcome<Mapping> Control::map_at(std::uint64_t offset, std::uint64_t pages, Access access)
{
    const auto bytes = pages * page_bytes;
    auto* const address =
        static_cast<std::byte*>(device_.map(offset, bytes, access == Access::write));
    if (address == nullptr) {
        const int error = errno;
        lintel_ioctl_unmap undo{offset};
        device_.request(LINTEL_IOCTL_UNMAP, &undo);
        return system_failure("mapping the domain's memory", error);
    }
    return Mapping{device_, offset, {address, bytes}};
}

Outcome<Mapping> Control::map_granted(DomainId domain, std::span<const std::uint32_t> references)
{
    return map_references(domain, references, Access::write, 0);
}

Outcome<Mapping> Control::map_pinnable(DomainId domain, std::span<const std::uint32_t> references,
                                       Access access)
{
    return map_references(domain, references, access, LINTEL_MAP_PINNABLE);
}

Outcome<Mapping> Control::map_references(DomainId domain, std::span<const std::uint32_t> references,
                                         Access access, std::uint32_t flags)
{
    lintel_ioctl_map_grants request{};
    request.domain = static_cast<std::uint32_t>(domain);
    request.flags = flags | (access == Access::read ? LINTEL_GRANT_READONLY : 0);
    request.refs = reinterpret_cast<std::uintptr_t>(references.data());
    request.count = static_cast<std::uint32_t>(references.size());
    if (const int error = device_.request(LINTEL_IOCTL_MAP_GRANTS, &request); error != 0)
        return system_failure("mapping granted pages", -error);
    return map_at(request.offset, references.size(), access);
}

Outcome<std::vector<std::uint32_t>> Control::grant(DomainId domain, std::span<std::byte> pages,
                                                   Access access)
{
    constexpr std::size_t most = 4096; // docs/abi/control.md#lintel_ioctl_grant
    assert(pages.size() % page_bytes == 0);
    std::vector<std::uint32_t> references(pages.size() / page_bytes);
    for (std::size_t done = 0; done < references.size(); done += most) {
        lintel_ioctl_grant request{};
        request.domain = static_cast<std::uint32_t>(domain);
        request.flags = access == Access::read ? LINTEL_GRANT_READONLY : 0;
        request.address = reinterpret_cast<std::uintptr_t>(pages.data() + done * page_bytes);
        request.count = static_cast<std::uint32_t>(std::min(most, references.size() - done));
        request.refs = reinterpret_cast<std::uintptr_t>(references.data() + done);
        if (const int error = device_.request(LINTEL_IOCTL_GRANT, &request); error != 0)
            return system_failure("granting pages", -error);
    }
    return references;
}

Outcome<> Control::confine(DomainId domain)
{
    lintel_ioctl_confine request{};
    request.domain = static_cast<std::uint32_t>(domain);
    if (const int error = device_.request(LINTEL_IOCTL_CONFINE, &request); error != 0)
        return system_failure("confining /dev/lintel", -error);
    return {};
}

Outcome<Port> Control::port(std::uint32_t request, std::uint32_t domain, GuestPort remote)
{
    lintel_ioctl_port argument{};
    argument.domain = domain;
    argument.remote = static_cast<std::uint32_t>(remote);
    if (const int error = device_.request(request, &argument); error != 0)
        return system_failure("binding an event port", -error);
    return Port{device_, LocalPort{argument.port}};
}

Outcome<Port> Control::bind(DomainId domain, GuestPort remote)
{
    return port(LINTEL_IOCTL_PORT_BIND, static_cast<std::uint32_t>(domain), remote);
}

Outcome<Port> Control::bind_virq(std::uint32_t virq)
{
    return port(LINTEL_IOCTL_PORT_BIND_VIRQ, virq, GuestPort{});
}

Outcome<std::size_t> Control::fired(std::span<LocalPort> ports)
{
    const int count =
        device_.read_ports({reinterpret_cast<std::uint32_t*>(ports.data()), ports.size()});
    if (count < 0)
        return system_failure("reading event ports", -count);
    return static_cast<std::size_t>(count);
}

void Control::unmask(std::span<const LocalPort> ports)
{
    std::span rest{reinterpret_cast<const std::uint32_t*>(ports.data()), ports.size()};
    while (!rest.empty()) {
        const int done = device_.unmask_ports(rest);
        rest = rest.subspan(done > 0 ? static_cast<std::size_t>(done)
                                     : 1); // one that was closed meanwhile
    }
}

} // namespace lintel
