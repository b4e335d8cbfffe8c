// SPDX-License-Identifier: Apache-2.0
// Builds dom0.
#include "boot/dom0.hpp"

#include <lintel/cpuid.h>
#include <lintel/hypercall.h>

#include "boot/dom0_map.hpp"
#include "boot/placement.hpp"
#include "cpu/clock.hpp"
#include "cpu/log.hpp"
#include "cpu/panic.hpp"
#include "domain/dom0.hpp"
#include "domain/domain_table.hpp"
#include "domain/port_policy.hpp"
#include "domain/start_info.hpp"
#include "domain/vcpu.hpp"
#include "sched/run_queue.hpp"
#include "sched/time.hpp"
#include "vmx/machine.hpp"
#include "vmx/msr_bitmap.hpp"

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

// The machine as dom0 sees it: its RAM, the firmware's tables, everything else reserved, so that no
// device is ever placed over memory that is another's.
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
        TRY(add(range, Memory::reserved));
    for (const MfnRange& range : plan.firmware)
        TRY(add(range, Memory::acpi));
    for (const auto& range : info.memory)
        if (range.type == multiboot2::MemoryType::reserved)
            TRY(writer.add_memory({range.base, range.length, Memory::reserved}));
    return {};
}

void fill_info(lintel_info& info, std::uint32_t vcpus, std::uint64_t wall_clock_ns)
{
    info.magic = LINTEL_INFO_MAGIC;
    info.revision = LINTEL_ABI_REVISION;
    info.flags = LINTEL_INFO_PRIVILEGED;
    info.vcpus = vcpus;
    info.tsc_khz = machine_clock().khz;
    info.wall_clock_ns = wall_clock_ns;
    info.event_ports = LINTEL_EVENT_PORTS;
    info.console_bytes = LINTEL_CONSOLE_BYTES;
}

Mfn order_frames(unsigned order)
{
    const Mfn first = or_halt(frames().allocate(order, Owner::hypervisor), out_of_memory);
    __builtin_memset(at_frame(first), 0, page_size << order);
    return first;
}

void fill_bitmaps(Domain& domain)
{
    domain.io_bitmaps = order_frames(1);
    domain.msr_bitmap = order_frames(0);
    fill_port_bitmaps(
        std::span<std::uint8_t, 8192>{at_frame<std::uint8_t>(domain.io_bitmaps), 8192}, true);
    fill_msr_bitmap(
        std::span<std::uint8_t, 4096>{at_frame<std::uint8_t>(domain.msr_bitmap), 4096});
}

Domain& make_domain(const MemoryPlan& plan, const Firmware& firmware, std::uint32_t vcpus)
{
    static PortState ports[LINTEL_EVENT_PORTS];
    alignas(Domain) static std::byte storage[sizeof(Domain)];
    const auto largest = machine_vmx().ept_1g_pages ? ept::Level::pdpt : ept::Level::pd;
    GuestPhysicalMap map = or_halt(make_dom0_map(plan, firmware, largest), out_of_memory);
    const SharedPages shared = or_halt(
        make_shared_pages(map, vcpus, [](Mfn frame) { return Gfn{frame.number}; }), out_of_memory);
    auto& domain = *new (storage) Domain{DomainId{0}, vcpus, std::move(map), shared, ports};
    domain.privileged = true;
    domain.own_ram = &plan.dom0;
    domain.info_address = frame_of(shared.info).address(); // 1:1
    fill_bitmaps(domain);
    return domain;
}

// Stopped, on a CPU of its own or of several.
Vcpu& make_vcpu(Domain& domain, std::uint32_t index)
{
    static_assert(sizeof(Vcpu) <= page_size && sizeof(ExtendedState) <= page_size);
    auto& vcpu = *new (at_frame(order_frames(0))) Vcpu{};
    vcpu.extended = new (at_frame(order_frames(0))) ExtendedState{};
    vcpu.domain = &domain;
    vcpu.index = index;
    vcpu.vpid = static_cast<std::uint16_t>(index + 1);
    vcpu.vmcs = order_frames(0);
    *at_frame<std::uint32_t>(vcpu.vmcs) = machine_vmx().revision;
    sched::place(vcpu);
    sched::publish_time(vcpu.time());
    domain.targets.vcpus[index] = &vcpu;
    return vcpu;
}

} // namespace

void build_dom0(const multiboot2::Info& info, const MemoryPlan& plan, const Firmware& firmware,
                std::uint32_t vcpus, std::uint64_t wall_clock_ns)
{
    const Loaded loaded = load_modules(info, plan);
    Domain& domain = make_domain(plan, firmware, vcpus);
    set_dom0(domain);
    domains().put(domain);
    or_halt(write_start_info(info, plan, loaded),
            "the boot information does not fit: shorten the kernel's command line");
    fill_info(*domain.shared.info, vcpus, wall_clock_ns);
    for (std::uint32_t index = 0; index < vcpus; ++index)
        make_vcpu(domain, index);

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
