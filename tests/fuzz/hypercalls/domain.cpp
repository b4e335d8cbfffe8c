// SPDX-License-Identifier: Apache-2.0
// What stands behind the calls: every deed is written down.
#include "fuzz/hypercalls/domain.hpp"

#include <algorithm>

#include "fuzz/require.hpp"

namespace lintel::fuzz {

void Domain::Sink::upcall(VcpuIndex vcpu)
{
    domain.journal.push_back({Deed::Kind::upcall, vcpu});
    domain.vcpus.at(vcpu).wake();
}

void Domain::Lock::lock()
{
    REQUIRE(!held);
    held = true;
}

Domain::Domain(Frames& frames, unsigned side, std::uint16_t number, bool is_dom0)
    : id{number}, privileged{is_dom0}, frames_{frames}, side_{side}
{
    layout.foreign = {{window_first}, privileged ? 0 : window_pages};
    frames.allocator.set_owner({Mfn{side * frames_of_side}, frames_of_side}, owner_of(id));
    for (const std::uint64_t gfn : ram_frames)
        map_own({gfn}).take(); // the fake map has room for all
    vcpus[0].state = LINTEL_VCPU_RUNNABLE;
    log.append(LogLevel::info, 0, std::string(290, 'x'));
}

void Domain::write_to_console(std::span<const std::byte> bytes)
{
    for (const std::byte byte : bytes)
        written.push_back(static_cast<char>(byte));
}

std::size_t Domain::read_from_console(std::span<std::byte> room)
{
    std::size_t stored = 0;
    for (; stored < room.size() && !typed.empty(); ++stored) {
        room[stored] = static_cast<std::byte>(typed.front());
        typed.pop_front();
    }
    return stored;
}

Result<> Domain::start_vcpu(std::uint32_t vcpu, const lintel_vcpu_start& start)
{
    if (vcpu >= vcpus.size())
        return Error::not_found;
    if (vcpus[vcpu].state != LINTEL_VCPU_STOPPED)
        return Error::busy;
    vcpus[vcpu] = {LINTEL_VCPU_RUNNABLE, false};
    journal.push_back({Deed::Kind::start, vcpu, {start.rip, start.rsp, start.rdi, start.cr3}});
    return {};
}

Result<> Domain::kick(std::uint32_t vcpu)
{
    if (vcpu >= vcpus.size())
        return Error::not_found;
    journal.push_back({Deed::Kind::kick, vcpu});
    FuzzedVcpu& target = vcpus[vcpu];
    target.kicked = target.state == LINTEL_VCPU_RUNNABLE;
    target.wake();
    return {};
}

Result<> Domain::send_nmi(std::uint32_t vcpu)
{
    if (vcpu >= vcpus.size())
        return Error::not_found;
    journal.push_back({Deed::Kind::nmi, vcpu});
    vcpus[vcpu].wake();
    return {};
}

Result<Port> Domain::bind_device(std::optional<Line> line, VcpuIndex vcpu)
{
    REQUIRE(ports_lock.held);
    for (std::size_t i = 0; i < devices.size(); ++i)
        if (devices[i].port == 0) {
            devices[i].port =
                TRY(events.bind_irq(static_cast<std::uint8_t>(first_vector + i), vcpu));
            devices[i].line = line;
            return devices[i].port;
        }
    return Error::limit_reached;
}

Result<Port> Domain::bind_line(const Line& line, VcpuIndex vcpu)
{
    if (line.gsi >= domain_gsis)
        return Error::not_found;
    if (line.gsi == kept_gsi)
        return Error::busy;
    for (const Device& device : devices)
        if (device.line.has_value() && device.line->gsi == line.gsi)
            return Error::exists;
    return bind_device(line, vcpu);
}

Result<Port> Domain::bind_msi(VcpuIndex vcpu, lintel_msi& message)
{
    const Port port = TRY(bind_device({}, vcpu));
    message = {.address = message_address, .data = TRY(events.irq_vector(port)), .reserved = 0};
    return port;
}

void Domain::release_irq(std::uint8_t vector)
{
    REQUIRE(ports_lock.held);
    devices.at(vector - first_vector) = {};
    journal.push_back({Deed::Kind::release_irq, 0, {vector}});
}

Result<> Domain::end_irq(Port port)
{
    Device& device = devices.at(TRY(events.irq_vector(port)) - first_vector);
    if (device.masked)
        journal.push_back({Deed::Kind::end_line, device.line->gsi});
    device.masked = false;
    return {};
}

void Domain::interrupt(unsigned index)
{
    Device& device = devices.at(index);
    if (device.port == 0 || device.masked)
        return;
    device.masked = device.line.has_value() && device.line->trigger == Trigger::level;
    events.raise_irq(device.port);
}

std::byte* Domain::bytes_of(Mfn frame)
{
    return ram.ram_page({ram_frames.at(frame.number - side_ * frames_of_side)})
        .take(); // it is lent
}

Result<> Domain::map_own(Gfn gfn)
{
    const auto index = std::find(ram_frames.begin(), ram_frames.end(), gfn.number);
    const Mfn first{side_ * frames_of_side};
    return map.map({gfn, 1}, first + static_cast<std::uint64_t>(index - ram_frames.begin()),
                   ept::Access::rwx, ept::MemoryType::write_back);
}

void shoot_down(Domain& domain)
{
    REQUIRE(!domain.map_lock.held && !domain.ports_lock.held);
    ++domain.shootdowns;
}

Result<std::uint64_t> Domain::release(GfnRange range)
{
    if (!ram.has(range.first))
        return Error::bad_address;
    std::uint64_t done = 0;
    for (Gfn gfn = range.first; done < range.count && ram.has(gfn); ++done, gfn = gfn + 1) {
        if (in_use(frames_.allocator.of(map.lookup(gfn).frame)))
            break;
        ram.release(gfn);
        TRY(map.unmap({gfn, 1}));
    }
    if (done == 0)
        return Error::busy;
    journal.push_back({Deed::Kind::release, 0, {range.first.number, done}});
    return done;
}

Result<std::uint64_t> Domain::claim(GfnRange range)
{
    if (!ram.released(range.first))
        return Error::bad_address;
    std::uint64_t done = 0;
    for (; done < range.count && ram.released(range.first + done); ++done) {
        ram.claim(range.first + done);
        TRY(map_own(range.first + done));
    }
    journal.push_back({Deed::Kind::claim, 0, {range.first.number, done}});
    return done;
}

} // namespace lintel::fuzz
