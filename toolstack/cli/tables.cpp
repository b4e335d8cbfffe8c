// SPDX-License-Identifier: Apache-2.0
#include "cli/tables.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace lintel {
namespace {

constexpr std::uint64_t mib = 1ull << 20;
constexpr std::uint64_t frame = 4096;

std::string state_of(const proto::Domain& domain)
{
    switch (domain.state()) {
    case proto::PAUSED:
        return "paused";
    case proto::RUNNING:
        return domain.vcpus_blocked() == domain.vcpus() ? "idle" : "running";
    case proto::SHUT_DOWN:
        return "shut down";
    case proto::CRASHED:
        return "crashed";
    case proto::DYING:
        return "dying";
    default:
        return "unknown";
    }
}

std::string page_tables_of(const proto::Domain& domain)
{
    switch (domain.page_tables()) {
    case proto::Domain::UNSEALED:
        return "not sealed, but may be";
    case proto::Domain::SEALED:
        return fmt::format("sealed, {} KiB protected", domain.protected_bytes() / 1024);
    default:
        return "nested";
    }
}

// Of both sides together, as far as it concerns people.
std::string state_of(const proto::Disk& disk)
{
    if (disk.pid() == 0)
        return "no backend";
    switch (disk.backend_state()) {
    case proto::READY:
        return "offered";
    case proto::CONNECTED:
        return "connected";
    case proto::CLOSING:
        return "closing";
    case proto::FAILED:
        return "failed";
    default:
        return "beginning";
    }
}

std::uint64_t errors_of(const proto::Disk& disk)
{
    return disk.read().errors() + disk.write().errors() + disk.flush().errors() +
           disk.discard().errors() + disk.zeroes().errors();
}

// Tenths, by hand: floating point formatting would be a quarter of the program.
std::string seconds(std::uint64_t ns)
{
    const auto tenths = ns / 100'000'000;
    return fmt::format("{}.{}", tenths / 10, tenths % 10);
}

std::string frames(std::uint64_t count)
{
    return fmt::format("{} frames ({} MiB)", count, count * frame / mib);
}

std::string line(const char* what, const std::string& text)
{
    return fmt::format("{:<16} {}\n", what, text);
}

} // namespace

std::string domain_table(const proto::DomainList& list)
{
    std::size_t width = 4;
    for (const auto& domain : list.domains())
        width = std::max(width, domain.name().size());
    auto text = fmt::format("{:<{}} {:>6} {:<9} {:>5} {:>10} {:>10}\n", "NAME", width, "NUMBER",
                            "STATE", "VCPUS", "MEMORY MiB", "CPU TIME s");
    for (const auto& domain : list.domains())
        text += fmt::format("{:<{}} {:>6} {:<9} {:>5} {:>10} {:>10}\n", domain.name(), width,
                            domain.domain(), state_of(domain), domain.vcpus(),
                            domain.memory_bytes() / mib, seconds(domain.cpu_ns()));
    return text;
}

std::string disk_table(const proto::DiskList& list)
{
    std::size_t width = 5;
    for (const auto& disk : list.disks())
        width = std::max(width, disk.guest().size());
    auto text =
        fmt::format("{:<{}} {:<15} {:<10} {:>9} {:>9} {:>9} {:>6} {:>8}  {}\n", "GUEST", width,
                    "DISK", "STATE", "SIZE MiB", "READS", "WRITES", "ERRORS", "RESTARTS", "IMAGE");
    for (const auto& disk : list.disks()) {
        text += fmt::format("{:<{}} {:<15} {:<10} {:>9} {:>9} {:>9} {:>6} {:>8}  {}{}\n",
                            disk.guest(), width, disk.name(), state_of(disk), disk.bytes() / mib,
                            disk.read().requests(), disk.write().requests(), errors_of(disk),
                            disk.restarts(), disk.path(), disk.read_only() ? " (read-only)" : "");
        if (!disk.failure().empty())
            text += fmt::format("{:<{}} {}\n", "", width, disk.failure());
    }
    return text;
}

std::string domain_figures(const proto::Domain& domain)
{
    auto text = line("name", domain.name()) + line("number", fmt::to_string(domain.domain())) +
                line("state", state_of(domain));
    if (!domain.crash().empty())
        text += line("crash", domain.crash());
    text +=
        line("restarts", fmt::to_string(domain.restarts())) +
        line("vcpus",
             fmt::format("{}, {} of them blocked", domain.vcpus(), domain.vcpus_blocked())) +
        line("memory", fmt::format("{} KiB of {}", domain.memory_bytes() / 1024,
                                   domain.max_memory_bytes() / 1024)) +
        line("kept for it", fmt::format("{} KiB tables, {} KiB state", domain.table_bytes() / 1024,
                                        domain.state_bytes() / 1024)) +
        line("page tables", page_tables_of(domain)) +
        line("ports", fmt::format("{} of {}", domain.ports_bound(), domain.ports_limit())) +
        line("grants", fmt::format("{} mapped by others, {} entries", domain.grants_mapped(),
                                   domain.grants_limit())) +
        line("frames", fmt::format("{} mapped by others", domain.frames_mapped())) +
        line("mappings", fmt::format("{} of {}", domain.mappings(), domain.mappings_limit())) +
        line("cpu time", seconds(domain.cpu_ns()) + " s") +
        line("created at", seconds(domain.created_ns()) + " s");
    return text;
}

std::string machine_figures(const proto::Machine& machine)
{
    return line("memory", frames(machine.frames())) + line("free", frames(machine.free_frames())) +
           line("to be erased", frames(machine.dirty_frames())) +
           line("hypervisor", frames(machine.hypervisor_frames())) +
           line("cpus", fmt::to_string(machine.cpus())) +
           line("domains", fmt::to_string(machine.domains())) +
           line("ports", fmt::format("{} bound", machine.ports_bound())) +
           line("grants", fmt::format("{} mapped", machine.grants_mapped())) +
           line("frames", fmt::format("{} mapped by other domains", machine.frames_mapped())) +
           line("tsc", fmt::format("{} kHz", machine.tsc_khz())) +
           line("up", seconds(machine.system_time_ns()) + " s");
}

} // namespace lintel
