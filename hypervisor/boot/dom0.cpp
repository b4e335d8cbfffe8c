// SPDX-License-Identifier: Apache-2.0
// Builds dom0.
#include "boot/dom0.hpp"

#include <lintel/event.h>
#include <lintel/grant.h>

#include "boot/dom0_map.hpp"
#include "boot/placement.hpp"
#include "cpu/log.hpp"
#include "cpu/panic.hpp"
#include "domain/dom0.hpp"
#include "domain/domain_build.hpp"
#include "domain/domain_table.hpp"
#include "domain/exit_bitmaps.hpp"
#include "domain/start_info.hpp"
#include "domain/vcpu.hpp"
#include "sched/placement.hpp"
#include "sched/run_queue.hpp"
#include "vmx/machine.hpp"

namespace lintel {

namespace {

template <typename T>
T or_halt(Result<T> result, const char* what)
{
    if (!result.ok())
        halt_machine(what);
    return result.take();
}
constexpr const char* out_of_memory = "out of memory while building dom0: lower dom0_mem";

Bytes bytes_of(ByteRange range)
{
    return {at_address(range.begin), range.size()};
}

KernelImage kernel_of(ByteRange file)
{
    const auto kernel = parse_kernel_image(bytes_of(file));
    if (!kernel.ok())
        halt_machine(describe(kernel.error()));
    return kernel.value();
}

ByteRange move_to(ByteRange from, Mfn to)
{
    __builtin_memcpy(at_frame(to), at_address(from.begin), from.size());
    return {to.address(), to.address() + from.size()};
}

void load_segments(const KernelImage& kernel)
{
    for (const KernelSegment& segment : kernel.segments) {
        std::byte* const target = at_address(segment.physical);
        __builtin_memcpy(target, segment.file.data(), segment.file.size());
        __builtin_memset(target + segment.file.size(), 0,
                         segment.memory_size - segment.file.size());
    }
}

struct Loaded {
    std::uint32_t entry;
    ByteRange initrd;
    Mfn start_info;
};

Loaded load_modules(const multiboot2::Info& info, const MemoryPlan& plan)
{
    if (info.modules.empty())
        halt_machine("no kernel: add a line `module2 /boot/vmlinux` to the boot entry");
    ByteRange file{info.modules[0].start, info.modules[0].end}, initrd;
    if (info.modules.size() > 2)
        log(LogLevel::warning, "boot modules after the second are ignored");
    if (info.modules.size() > 1)
        initrd = {info.modules[1].start, info.modules[1].end};

    Placement placement;
    const auto complaint = place_modules(plan.dom0, kernel_of(file), file, initrd, placement);
    if (!complaint.empty())
        halt_machine(complaint);
    if (placement.initrd)
        initrd = move_to(initrd, *placement.initrd);
    if (placement.kernel_file)
        file = move_to(file, *placement.kernel_file);
    const KernelImage kernel = kernel_of(file); // its segments point into the file, wherever it is
    load_segments(kernel);
    return {kernel.entry, initrd, placement.start_info};
}

// The machine as dom0 sees it: its RAM, the firmware's tables, everything else unusable or reserved,
// so that no device is ever placed over memory that is another's. Of RAM dom0 has to know that it is
// some, as it makes struct pages for what others grant to it.
Result<> write_start_info(const multiboot2::Info& info, const MemoryPlan& plan,
                          const Loaded& loaded)
{
    using Memory = StartInfoMemory;
    StartInfoWriter writer{{at_frame(loaded.start_info), Placement::start_info_frames * page_size},
                           loaded.start_info.address()};
    TRY(writer.begin({info.modules[0].string, loaded.initrd.begin, loaded.initrd.size(),
                      info.rsdp.value_or(Bytes{})}));
    const auto add = [&](MfnRange range, Memory::Type type) {
        return writer.add_memory({range.first.address(), range.count * page_size, type});
    };
    // What lies in the start information, the RSDP above all, is not to be overwritten by a kernel
    // that reads it late: it is memory of type ACPI.
    const MfnRange information{loaded.start_info, Placement::start_info_frames};
    FrameSet ram = plan.dom0;
    ram.remove(information);
    for (const MfnRange& range : ram)
        TRY(add(range, Memory::ram));
    TRY(add(information, Memory::acpi));
    FrameSet others = plan.ram;
    others.remove(plan.dom0);
    for (const MfnRange& range : others)
        TRY(add(range, Memory::unusable));
    for (const MfnRange& range : plan.firmware)
        TRY(add(range, Memory::acpi));
    for (const auto& range : info.memory)
        if (range.type == multiboot2::MemoryType::reserved)
            TRY(writer.add_memory({range.base, range.length, Memory::reserved}));
    return {};
}

Domain& make_domain(const MemoryPlan& plan, const Firmware& firmware, std::uint32_t vcpus)
{
    const auto largest = machine_vmx().ept_1g_pages ? ept::Level::pdpt : ept::Level::pd;
    GuestPhysicalMap map = or_halt(make_dom0_map(plan, firmware, largest), out_of_memory);
    or_halt(make_exit_bitmaps(), out_of_memory);
    const DomainPlan dom0_plan{.id = DomainId{0},
                               .privileged = true,
                               .limits = {.vcpus = vcpus,
                                          .event_ports = LINTEL_EVENT_PORTS,
                                          .grant_entries = LINTEL_GRANT_ENTRIES,
                                          .mappings = 32768,
                                          .max_frames = plan.dom0.frames()},
                               .layout = {},
                               .seal = {}};
    Domain& domain = *or_halt(build_domain(dom0_plan, std::move(map)), out_of_memory);
    domain.own_ram = &plan.dom0;
    domain.ram_frames = plan.dom0.frames();
    return domain;
}

} // namespace

void build_dom0(const multiboot2::Info& info, const MemoryPlan& plan, const Firmware& firmware,
                std::uint32_t vcpus)
{
    const Loaded loaded = load_modules(info, plan);
    Domain& domain = make_domain(plan, firmware, vcpus);
    set_dom0(domain);
    domains().put(domain);
    or_halt(write_start_info(info, plan, loaded),
            "the boot information does not fit: shorten the kernel's command line");
    sched::settle(domain);

    Vcpu& first = *domain.vcpu(0);
    first.begin_at({.long_mode = false, .rip = loaded.entry});
    first.registers.rbx = loaded.start_info.address();
}

void start_dom0()
{
    ++dom0().started_vcpus;
    sched::start(*dom0().vcpu(0));
}

} // namespace lintel
