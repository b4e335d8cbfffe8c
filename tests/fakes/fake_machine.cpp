// SPDX-License-Identifier: Apache-2.0
#include "fakes/fake_machine.hpp"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <lintel/event.h>
#include <lintel/status.h>

#include "support/assert.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t page_size = 4096;
constexpr std::uint64_t address_space = 1ull << 40;

} // namespace

FakeMachine::FakeMachine()
{
    auto& dom0 = domains[0];
    dom0.info.state = LINTEL_DOMAIN_RUNNING;
    dom0.info.vcpus = 1;
    dom0.info.frames = 1 << 17;
    dom0.info.max_frames = 1 << 17;
}

std::unique_ptr<FakeDevice> FakeMachine::open()
{
    return std::make_unique<FakeDevice>(*this);
}

std::uint32_t FakeMachine::only() const
{
    assert(domains.size() == 2);
    return domains.rbegin()->first;
}

std::vector<std::byte> FakeMachine::read(std::uint32_t domain, std::uint64_t gpa, std::size_t bytes)
{
    std::vector<std::byte> content(bytes);
    const ssize_t done =
        ::pread(domains.at(domain).memory.get(), content.data(), bytes, static_cast<off_t>(gpa));
    assert(done == static_cast<ssize_t>(bytes));
    return content;
}

std::byte* FakeMachine::page(std::uint32_t domain, std::uint64_t gpa, std::size_t pages)
{
    void* const address = ::mmap(nullptr, pages * page_size, PROT_READ | PROT_WRITE, MAP_SHARED,
                                 domains.at(domain).memory.get(), static_cast<off_t>(gpa));
    assert(address != MAP_FAILED);
    return static_cast<std::byte*>(address);
}

void FakeMachine::notify(std::uint32_t domain, std::uint32_t port)
{
    for (auto* const device : devices_)
        for (auto& [number, bound] : device->ports_)
            if (bound.remote != 0 && bound.domain == domain && bound.remote == port)
                device->fire(bound);
}

void FakeMachine::tell_dom0()
{
    for (auto* const device : devices_)
        for (auto& [number, bound] : device->ports_)
            if (bound.remote == 0 && bound.domain == LINTEL_VIRQ_DOMAIN)
                device->fire(bound);
}

void FakeMachine::shut_down(std::uint32_t domain, std::uint32_t reason)
{
    domains.at(domain).info.state = LINTEL_DOMAIN_SHUT_DOWN;
    domains.at(domain).info.reason = reason;
    tell_dom0();
}

void FakeMachine::crash(std::uint32_t domain, const std::string& text)
{
    auto& info = domains.at(domain).info;
    info.state = LINTEL_DOMAIN_CRASHED;
    std::strncpy(info.text, text.c_str(), sizeof info.text - 1);
    tell_dom0();
}

std::int64_t FakeMachine::call(lintel_ioctl_call& request)
{
    calls.push_back(request.number);
    if (const auto failing = fail.find(request.number); failing != fail.end()) {
        const auto status = failing->second;
        fail.erase(failing);
        return status;
    }
    const auto number = static_cast<std::uint32_t>(request.args[0]);
    if (request.number == LINTEL_HC_domain_create)
        return create(*reinterpret_cast<const lintel_domain_create*>(request.buffer));
    if (request.number == LINTEL_HC_domain_info)
        return info(request);
    if (request.number == LINTEL_HC_log_read)
        return read_log(request);
    if (request.number == LINTEL_HC_machine_info) {
        lintel_machine_info machine{};
        machine.frames = 1 << 21;
        machine.free_frames = free_frames;
        machine.cpus = 1;
        machine.domains = static_cast<std::uint32_t>(domains.size());
        std::memcpy(reinterpret_cast<void*>(request.buffer), &machine, sizeof machine);
        return 0;
    }
    const auto found = domains.find(number);
    if (found == domains.end() || number == 0)
        return LINTEL_ENOENT;
    auto& domain = found->second;
    if (domain.info.state == LINTEL_DOMAIN_DYING && request.number != LINTEL_HC_domain_destroy)
        return LINTEL_ENOENT;
    switch (request.number) {
    case LINTEL_HC_domain_destroy:
        return destroy(number);
    case LINTEL_HC_domain_populate:
        return populate(domain, request.args[1], request.args[2]);
    case LINTEL_HC_domain_start:
        if (domain.start)
            return LINTEL_EEXIST;
        domain.start = *reinterpret_cast<const lintel_domain_start*>(request.buffer);
        return 0;
    case LINTEL_HC_domain_pause:
        domain.info.state = LINTEL_DOMAIN_PAUSED;
        return 0;
    case LINTEL_HC_domain_unpause:
        domain.info.state = LINTEL_DOMAIN_RUNNING;
        ++domain.unpaused;
        return 0;
    case LINTEL_HC_domain_shutdown:
        domain.asked = static_cast<std::uint32_t>(request.args[1]);
        return 0;
    case LINTEL_HC_event_alloc: {
        const auto port = static_cast<std::uint32_t>(domain.ports.size() + 1);
        domain.ports[port] = false;
        return port;
    }
    default:
        return LINTEL_ENOSYS;
    }
}

std::int64_t FakeMachine::create(const lintel_domain_create& limits)
{
    if (!seals && limits.flags == LINTEL_DOMAIN_SEALED)
        return LINTEL_EINVAL;
    const auto number = ++last_number_;
    auto& domain = domains[number];
    domain.limits = limits;
    domain.info.domain = number;
    domain.info.vcpus = limits.vcpus;
    domain.info.max_frames = limits.max_frames;
    domain.info.event_ports = limits.event_ports;
    domain.info.mappings_limit = limits.mappings;
    domain.info.created_ns = ++time_;
    if (limits.flags != 0)
        domain.info.page_tables = LINTEL_PAGE_TABLES_UNSEALED;
    domain.memory = UniqueFd{::memfd_create("guest", MFD_CLOEXEC)};
    const int sized = ::ftruncate(domain.memory.get(), address_space);
    assert(sized == 0);
    domain.destroy_calls = destroy_calls;
    return number;
}

std::int64_t FakeMachine::destroy(std::uint32_t number)
{
    auto& domain = domains.at(number);
    domain.info.state = LINTEL_DOMAIN_DYING;
    if (mapped_elsewhere.contains(number) ||
        std::any_of(devices_.begin(), devices_.end(),
                    [number](auto* device) { return device->maps(number); }))
        return LINTEL_EBUSY;
    if (domain.destroy_calls > 0)
        return domain.destroy_calls--;
    free_frames += domain.info.frames;
    domains.erase(number);
    return 0;
}

std::int64_t FakeMachine::populate(Domain& domain, std::uint64_t gpa, std::uint64_t frames)
{
    frames = std::min({frames, frames_per_call, free_frames});
    if (frames == 0)
        return LINTEL_ENOMEM;
    if (domain.info.frames + frames > domain.limits.max_frames)
        return LINTEL_ENOSPC;
    domain.populated[gpa] = gpa + frames * page_size;
    domain.info.frames += frames;
    free_frames -= frames;
    return static_cast<std::int64_t>(frames);
}

bool FakeMachine::is_populated(const Domain& domain, std::uint64_t gpa, std::uint64_t pages) const
{
    const auto end = gpa + pages * page_size;
    while (gpa < end) {
        auto next = domain.populated.upper_bound(gpa);
        if (next == domain.populated.begin() || (--next)->second <= gpa)
            return false;
        gpa = next->second;
    }
    return true;
}

std::int64_t FakeMachine::info(lintel_ioctl_call& request)
{
    const auto number = static_cast<std::uint32_t>(request.args[0]);
    const bool next = request.args[2] == LINTEL_DOMAIN_INFO_NEXT;
    const auto found = next ? domains.lower_bound(number) : domains.find(number);
    if (found == domains.end())
        return LINTEL_ENOENT;
    std::memcpy(reinterpret_cast<void*>(request.buffer), &found->second.info,
                sizeof(lintel_domain_info));
    return 0;
}

std::int64_t FakeMachine::read_log(lintel_ioctl_call& request)
{
    if (request.args[2] <= sizeof(lintel_log_chunk) || request.args[2] > 4096) // docs/abi/domains.md#log_read
        return LINTEL_EINVAL;
    lintel_log_chunk chunk{};
    chunk.position = std::max(request.args[0], log_begin);
    chunk.end = log_begin + log.size();
    const auto text = std::string_view{log}
                          .substr(chunk.position - log_begin)
                          .substr(0, request.bytes - sizeof chunk);
    auto* const out = reinterpret_cast<char*>(request.buffer);
    std::memcpy(out, &chunk, sizeof chunk);
    std::memcpy(out + sizeof chunk, text.data(), text.size());
    return static_cast<std::int64_t>(sizeof chunk + text.size());
}

FakeDevice::FakeDevice(FakeMachine& machine)
    : machine_{machine}, event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}
{
    machine_.devices_.insert(this);
}

FakeDevice::~FakeDevice()
{
    machine_.devices_.erase(this);
}

bool FakeDevice::refused(std::uint32_t number, const void* argument) const
{
    if (!confined_ || number == LINTEL_IOCTL_UNMAP || number == LINTEL_IOCTL_PORT_CLOSE ||
        number == LINTEL_IOCTL_PORT_SEND)
        return false;
    return number != LINTEL_IOCTL_PORT_BIND ||
           static_cast<const lintel_ioctl_port*>(argument)->domain != *confined_;
}

int FakeDevice::grant(const lintel_ioctl_grant& request)
{
    if (request.domain == 0 || request.address % page_size != 0 || request.count == 0 ||
        request.count > 4096 || request.reserved != 0)
        return -EINVAL;
    machine_.granted[request.domain] += request.count;
    for (std::uint32_t i = 0; i < request.count; ++i)
        reinterpret_cast<std::uint32_t*>(request.refs)[i] = ++machine_.last_reference_;
    return 0;
}

int FakeDevice::request(std::uint32_t number, void* argument)
{
    if (refused(number, argument))
        return -EPERM;
    if (number == LINTEL_IOCTL_GRANT)
        return grant(*static_cast<const lintel_ioctl_grant*>(argument));
    if (number == LINTEL_IOCTL_CONFINE) {
        confined_ = static_cast<const lintel_ioctl_confine*>(argument)->domain;
        return 0;
    }
    if (number == LINTEL_IOCTL_CALL) {
        auto& call = *static_cast<lintel_ioctl_call*>(argument);
        call.result = machine_.call(call);
        return 0;
    }
    if (number == LINTEL_IOCTL_MAP_FOREIGN)
        return map_foreign(*static_cast<lintel_ioctl_map_foreign*>(argument));
    if (number == LINTEL_IOCTL_UNMAP) {
        const auto found = foreign_.find(static_cast<lintel_ioctl_unmap*>(argument)->offset);
        if (found == foreign_.end())
            return -EINVAL;
        if (found->second.address != nullptr)
            return -EBUSY;
        foreign_.erase(found);
        return 0;
    }
    return port(number, *static_cast<lintel_ioctl_port*>(argument));
}

int FakeDevice::map_foreign(lintel_ioctl_map_foreign& request)
{
    const auto found = machine_.domains.find(request.domain);
    if (found == machine_.domains.end() || found->second.info.state == LINTEL_DOMAIN_DYING)
        return -ENOENT;
    if (!machine_.is_populated(found->second, request.gpa, request.pages))
        return -EFAULT;
    if (machine_.map_limit == 0)
        return -ENOMEM;
    --machine_.map_limit;
    request.offset = (++last_offset_) << 12;
    foreign_[request.offset] = {request.domain, request.gpa, request.pages};
    return 0;
}

void* FakeDevice::map(std::uint64_t offset, std::size_t bytes, bool writable)
{
    auto& foreign = foreign_.at(offset);
    assert(bytes == foreign.pages * page_size);
    void* const address =
        ::mmap(nullptr, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
               machine_.domains.at(foreign.domain).memory.get(), static_cast<off_t>(foreign.gpa));
    if (address == MAP_FAILED)
        return nullptr;
    return foreign.address = address;
}

void FakeDevice::unmap(void* address, std::size_t bytes)
{
    ::munmap(address, bytes);
    for (auto& [offset, foreign] : foreign_)
        if (foreign.address == address)
            foreign.address = nullptr;
}

bool FakeDevice::maps(std::uint32_t domain) const
{
    return std::any_of(foreign_.begin(), foreign_.end(),
                       [domain](const auto& entry) { return entry.second.domain == domain; });
}

int FakeDevice::port(std::uint32_t number, lintel_ioctl_port& request)
{
    if (number == LINTEL_IOCTL_PORT_BIND || number == LINTEL_IOCTL_PORT_BIND_VIRQ) {
        const bool virq = number == LINTEL_IOCTL_PORT_BIND_VIRQ;
        const auto found = machine_.domains.find(request.domain);
        if (!virq &&
            (found == machine_.domains.end() || !found->second.ports.contains(request.remote)))
            return -ENOENT;
        for (const auto* const device : machine_.devices_)
            for (const auto& [local, bound] : device->ports_)
                if (bound.domain == request.domain && bound.remote == request.remote)
                    return virq ? -EEXIST : -EBUSY;
        request.port = ++machine_.last_port_;
        ports_[request.port] = {request.domain, virq ? 0 : request.remote};
        return 0;
    }
    const auto found = ports_.find(request.port);
    if (found == ports_.end())
        return -ENOENT;
    if (number == LINTEL_IOCTL_PORT_CLOSE) {
        ports_.erase(found);
        update_event();
        return 0;
    }
    if (number != LINTEL_IOCTL_PORT_SEND)
        return -ENOTTY;
    const auto domain = machine_.domains.find(found->second.domain);
    if (domain != machine_.domains.end())
        domain->second.ports[found->second.remote] = true;
    return 0;
}

void FakeDevice::fire(Bound& bound)
{
    bound.pending = true;
    update_event();
}

// Readable exactly as long as a port has something to say.
void FakeDevice::update_event()
{
    std::uint64_t count;
    [[maybe_unused]] auto ignored = ::read(event_.get(), &count, sizeof count);
    count = 1;
    if (std::any_of(ports_.begin(), ports_.end(),
                    [](const auto& entry) { return entry.second.pending && !entry.second.masked; }))
        ignored = ::write(event_.get(), &count, sizeof count);
}

int FakeDevice::read_ports(std::span<std::uint32_t> ports)
{
    std::size_t count = 0;
    for (auto& [number, bound] : ports_) {
        if (!bound.pending || bound.masked || count == ports.size())
            continue;
        bound.pending = false;
        bound.masked = true;
        ports[count++] = number;
    }
    update_event();
    return static_cast<int>(count);
}

int FakeDevice::unmask_ports(std::span<const std::uint32_t> ports)
{
    int done = 0;
    for (const auto number : ports) {
        const auto found = ports_.find(number);
        if (found == ports_.end())
            break;
        found->second.masked = false;
        ++done;
    }
    update_event();
    return done > 0 ? done : -ENOENT;
}

} // namespace lintel
