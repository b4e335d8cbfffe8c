// SPDX-License-Identifier: Apache-2.0
// Everything that can be wrong with the files is found before there is a domain.
#include "builder/build.hpp"

#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "builder/guest_memory_writer.hpp"
#include "builder/layout.hpp"
#include "builder/placement.hpp"
#include "builder/steady_file.hpp"
#include "domain/kernel_image.hpp"
#include "domain/start_info.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t most_file_bytes = 1ull << 30;
constexpr std::uint64_t start_info_limit = 1ull << 30; // docs/abi/boot.md
constexpr std::uint64_t mib = 1ull << 20;

// What goes where; the spans are in the files.
struct Plan {
    GuestLayout layout;
    KernelImage kernel;
    std::span<const std::byte> ramdisk;
    std::uint64_t ramdisk_gpa = 0;
    std::uint64_t start_info_gpa = 0;
};

Failure too_small(const std::string& path, std::uint64_t wanted, const GuestLayout& layout)
{
    return Failure{
        ENOMEM, fmt::format("{}: does not fit into {} MiB; give the guest at least memory_mib: {}",
                            path, layout.memory_bytes / mib, (wanted + mib - 1) / mib)};
}

Outcome<KernelImage> check_kernel(const std::string& path, std::span<const std::byte> file,
                                  const GuestLayout& layout)
{
    const auto image = parse_kernel_image(file);
    if (!image.ok())
        return Failure{ENOEXEC, fmt::format("{}: {}", path, describe(image.error()))};
    for (const auto& segment : image.value().segments) {
        if (segment.end() > GuestLayout::most_low_bytes)
            return Failure{ENOEXEC, path + ": is linked above 3 GiB; link it lower"};
        if (segment.end() > layout.low_bytes())
            return too_small(path, segment.end(), layout);
    }
    return image.value();
}

// Never full: the set has a place for each segment and one for the initramfs.
void use(UsedRanges& used, const GuestRange& range)
{
    used.push_back(range).take();
}

Outcome<Plan> make_plan(const GuestSpec& spec, std::span<const std::byte> kernel,
                        std::span<const std::byte> ramdisk)
{
    Plan plan{GuestLayout{spec.memory_bytes, spec.pool_pages}, {}, ramdisk};
    if (spec.flags != 0 && plan.layout.high_bytes() != 0)
        return Failure{EINVAL, fmt::format("memory_mib: a guest with sealed page tables has at most {} MiB",
                                           GuestLayout::most_low_bytes / mib)};
    const auto limit = plan.layout.low_bytes();
    plan.kernel = TRY(check_kernel(spec.kernel, kernel, plan.layout));
    UsedRanges used;
    std::uint64_t kernel_end = 0;
    for (const auto& segment : plan.kernel.segments) {
        use(used, {segment.physical, segment.memory_size});
        kernel_end = std::max(kernel_end, segment.end());
    }
    if (!ramdisk.empty()) {
        const auto place = highest_place(used, ramdisk.size(), limit);
        if (!place)
            return too_small(spec.ramdisk, kernel_end + ramdisk.size(), plan.layout);
        plan.ramdisk_gpa = *place;
        use(used, {*place, ramdisk.size()});
    }
    const auto place = lowest_place(used, page_bytes, std::min(limit, start_info_limit));
    if (!place)
        return too_small(spec.kernel, kernel_end + ramdisk.size() + 2 * page_bytes, plan.layout);
    plan.start_info_gpa = *place;
    return plan;
}

// Ports for the guest's own interrupts, some per vCPU, and for devices.
std::uint32_t ports_for(std::uint32_t vcpus)
{
    const std::uint32_t wanted = 64 + 16 * vcpus;
    return (wanted + 63) / 64 * 64;
}

lintel_domain_create limits_of(const GuestSpec& spec, const GuestLayout& layout)
{
    lintel_domain_create limits{};
    limits.vcpus = spec.vcpus;
    limits.event_ports = ports_for(spec.vcpus);
    limits.grant_entries = 512;
    limits.mappings = static_cast<std::uint32_t>(layout.foreign_frames());
    limits.max_frames = layout.frames();
    limits.shared_gpa = GuestLayout::shared_gpa;
    limits.foreign_gpa = layout.foreign_gpa();
    limits.foreign_frames = layout.foreign_frames();
    limits.devices_gpa = GuestLayout::devices_gpa;
    limits.devices = GuestLayout::device_pages;
    limits.flags = spec.flags;
    limits.sealed_frames = spec.flags != 0 ? layout.low_bytes() / page_bytes : 0;
    return limits;
}

Outcome<> populate(Control& control, DomainId domain, std::uint64_t gpa, std::uint64_t bytes)
{
    auto frames = bytes / page_bytes;
    while (frames > 0) {
        const auto done = TRY(control.domain_populate(domain, gpa, frames));
        if (done == 0 || done > frames)
            return Failure{EPROTO, "domain_populate: the answer is impossible"};
        frames -= done;
        gpa += done * page_bytes;
    }
    return {};
}

Outcome<> populate_all(Control& control, DomainId domain, const GuestLayout& layout)
{
    TRY(populate(control, domain, 0, layout.low_bytes()));
    TRY(populate(control, domain, GuestLayout::high_gpa, layout.high_bytes()));
    return populate(control, domain, GuestLayout::devices_gpa,
                    GuestLayout::area_pages * page_bytes);
}

Result<> write_memory_map(StartInfoWriter& writer, const Plan& plan)
{
    const auto& layout = plan.layout;
    const auto after = plan.start_info_gpa + page_bytes;
    const StartInfoMemory entries[] = {
        {0, plan.start_info_gpa, StartInfoMemory::ram},
        {plan.start_info_gpa, page_bytes,
         StartInfoMemory::acpi}, // stays what it is, however late it is read
        {after, layout.low_bytes() - after, StartInfoMemory::ram},
        {GuestLayout::shared_gpa, LINTEL_SHARED_BYTES, StartInfoMemory::reserved},
        {GuestLayout::devices_gpa, GuestLayout::area_pages * page_bytes, StartInfoMemory::reserved},
        {GuestLayout::high_gpa, layout.high_bytes(), StartInfoMemory::ram},
    };
    for (const auto& entry : entries)
        if (entry.size != 0)
            TRY(writer.add_memory(entry));
    return {};
}

Outcome<> write_start_info(Control& control, DomainId domain, const GuestSpec& spec,
                           const Plan& plan)
{
    std::array<std::byte, page_bytes> page{};
    StartInfoWriter writer{page, plan.start_info_gpa};
    StartInfo info;
    info.command_line = spec.command_line;
    info.initrd = plan.ramdisk_gpa;
    info.initrd_size = plan.ramdisk.size();
    if (!writer.begin(info).ok() || !write_memory_map(writer, plan).ok())
        return Failure{E2BIG, "cmdline: is too long; shorten it"};
    return write_guest(control, domain, plan.start_info_gpa, page);
}

Outcome<DevicePorts> make_devices(Control& control, DomainId domain)
{
    const DevicePorts ports{TRY(control.event_alloc(domain)), TRY(control.event_alloc(domain))};
    const auto area = TRY(control.map(domain, GuestLayout::devices_gpa, GuestLayout::area_pages));
    write_device_area(area.bytes(), ports);
    return ports;
}

Outcome<DevicePorts> fill(Control& control, DomainId domain, const GuestSpec& spec,
                          const Plan& plan)
{
    TRY(populate_all(control, domain, plan.layout));
    for (const auto& segment : plan.kernel.segments)
        TRY(write_guest(control, domain, segment.physical, segment.file));
    TRY(write_guest(control, domain, plan.ramdisk_gpa, plan.ramdisk));
    TRY(write_start_info(control, domain, spec, plan));
    const auto ports = TRY(make_devices(control, domain));
    TRY(control.domain_start(domain, plan.kernel.entry, plan.start_info_gpa));
    return ports;
}

// Out of memory is what people meet: say how much there is.
Failure explained(Control& control, const Failure& failure, const GuestSpec& spec)
{
    if (failure.code == EINVAL && (spec.flags & LINTEL_DOMAIN_SEALED) != 0)
        return Failure{EINVAL, "page_tables: this processor cannot seal them; write SEALED_OR_NESTED"};
    const auto machine = control.machine_info();
    if (failure.code != ENOMEM || !machine.ok())
        return failure;
    const auto free = machine.value().free_frames * page_bytes / mib;
    return Failure{
        ENOMEM,
        fmt::format("memory_mib: {} MiB wanted, {} MiB free; end another guest or ask for less",
                    spec.memory_bytes / mib, free)};
}

} // namespace

void discard_domain(Control& control, DomainId domain)
{
    // Bounded, should the hypervisor never finish: it stays in the list as dying then.
    for (unsigned calls = 0; calls < 1u << 20; ++calls) {
        auto gone = control.domain_destroy(domain);
        if (!gone.ok() || gone.value())
            return;
    }
}

Outcome<BuiltGuest> build_guest(Control& control, const GuestSpec& spec)
{
    const auto kernel = TRY(SteadyFile::open(spec.kernel, most_file_bytes));
    const auto ramdisk =
        spec.ramdisk.empty() ? SteadyFile{} : TRY(SteadyFile::open(spec.ramdisk, most_file_bytes));
    const auto plan = TRY(make_plan(spec, kernel.bytes(), ramdisk.bytes()));
    auto created = control.domain_create(limits_of(spec, plan.layout));
    if (!created.ok())
        return explained(control, created.error(), spec);
    auto ports = fill(control, created.value(), spec, plan);
    if (!ports.ok()) {
        discard_domain(control, created.value());
        return explained(control, ports.error(), spec);
    }
    return BuiltGuest{created.value(), ports.take()};
}

} // namespace lintel
