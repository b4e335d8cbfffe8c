// SPDX-License-Identifier: Apache-2.0
// Start-up in C++, one step after the other, until dom0 runs; and what follows dom0's end.
#include <array>

#include <lintel/cpuid.h>
#include <lintel/hypercall.h>

#include "boot/command_line.hpp"
#include "boot/dom0.hpp"
#include "boot/early_map.hpp"
#include "boot/interrupts.hpp"
#include "boot/power.hpp"
#include "boot/processors.hpp"
#include "cpu/apic.hpp"
#include "cpu/clock.hpp"
#include "cpu/console.hpp"
#include "cpu/legacy_interrupts.hpp"
#include "cpu/log.hpp"
#include "cpu/panic.hpp"
#include "cpu/quirks.hpp"
#include "cpu/rtc.hpp"
#include "cpu/stop.hpp"
#include "cpu/this_cpu.hpp"
#include "cpu/tsc_calibration.hpp"
#include "cpu/xsave.hpp"
#include "domain/dom0.hpp"
#include "exit/handlers.hpp"
#include "exit/run_loop.hpp"
#include "mm/host_map.hpp"
#include "vmx/extended_state.hpp"
#include "vmx/machine.hpp"

extern "C" std::byte image_start[], image_end[], boot_stack[], boot_stack_top[];

namespace lintel {

namespace {

constexpr std::uint64_t image_offset = 0xfffffe8040000000; // lintel.lds

constinit Cpu boot_cpu;
MemoryPlan plan;
Firmware firmware;

// The loader's structure lies anywhere, also where dom0's kernel will be: it is copied first.
multiboot2::Info read_boot_information(std::uint32_t magic, std::uint32_t address)
{
    static std::array<std::byte, 16 * 1024> copy;
    if (magic != multiboot2::loader_magic)
        halt_machine("not started by a Multiboot2 loader: use GRUB's multiboot2 command");
    const auto size = *at_address<std::uint32_t>(address);
    if (size > copy.size())
        halt_machine("the boot loader's information is larger than 16 KiB: shorten command lines");
    __builtin_memcpy(copy.data(), at_address(address), size);
    auto info = multiboot2::parse(Bytes{copy}.first(size));
    if (!info.ok())
        halt_machine("the boot loader's information is damaged");
    return info.take();
}

Options start_outputs(std::string_view command_line)
{
    const CommandLine line = parse_command_line(command_line);
    log_start(line.options.log, line.options.log_level);
    console_start(line.options.console);
    if (line.bad_word)
        log(LogLevel::warning, "command line: ignoring `{}`: bad value", line.bad_word->word);
    if (line.unknown_word)
        log(LogLevel::warning, "command line: ignoring unknown word `{}`", *line.unknown_word);
    return line.options;
}

void start_clock(std::uint64_t entry_tsc)
{
    const std::uint64_t khz = calibrate_tsc_khz(read_tsc);
    if (khz == 0)
        halt_machine("the TSC cannot be calibrated: there is no PIT (8254) to measure it with");
    machine_clock().start_tsc = entry_tsc;
    machine_clock().set_frequency(khz);
}

void plan_and_map_memory(const multiboot2::Info& info, std::uint64_t dom0_bytes)
{
    const MfnRange image{
        Mfn::of(reinterpret_cast<std::uint64_t>(image_start) - image_offset),
        pages_for(reinterpret_cast<std::uint64_t>(image_end) -
                  reinterpret_cast<std::uint64_t>(image_start))};
    if (const auto error = plan_memory(info, {image, dom0_bytes, early_map_limit()}, plan)) {
        char text[160];
        const std::uint64_t mib = 1 << 20, has = plan.ram.frames() * page_size / mib;
        halt_machine(*error == MemoryPlanError::dom0_too_small
                         ? format(text, "dom0_mem={}M is too little: dom0 needs {} MiB",
                                  dom0_bytes / mib, least_dom0_bytes / mib)
                         : format(text,
                                  "dom0_mem={}M is too much: the machine has {} MiB, of which the "
                                  "hypervisor needs about 16; lower dom0_mem",
                                  dom0_bytes / mib, has));
    }
    static FrameAllocator allocator{
        {at_frame<FrameInfo>(plan.frame_table.first), plan.limit.number}};
    for (std::uint64_t number = 0; number < plan.limit.number; ++number)
        new (at_frame<FrameInfo>(plan.frame_table.first) + number) FrameInfo{};
    set_frames(allocator);
    set_ram_frames(plan.ram.frames());
    allocator.keep_for_last(plan.dom0.limit());
    allocator.set_owner(image, Owner::hypervisor);
    allocator.set_owner(plan.frame_table, Owner::hypervisor);
    for (const MfnRange& range : plan.dom0)
        allocator.set_owner(range, owner_of(DomainId{0}));
    for (const MfnRange& range : plan.heap)
        allocator.release(range);
    if (!load_host_map(plan.limit.address()).ok())
        halt_machine("out of memory for the hypervisor's page tables: lower dom0_mem");
}

void require(std::string_view complaint)
{
    if (!complaint.empty())
        halt_machine(complaint);
}

// Breaks on purpose, so that a test can look at the panic's report.
[[gnu::noinline]] void self_test(SelfTest wanted)
{
    constexpr std::uint64_t nowhere = 0xffff'dead'0000'0000;
    assert(wanted != SelfTest::assertion);
    if (wanted == SelfTest::exception)
        *reinterpret_cast<volatile std::uint8_t*>(nowhere) = 0;
}

// Interrupts that nobody asked for, so that somebody learns of them.
void log_noise()
{
    for (const Cpu* const cpu : cpus())
        if (cpu->noise != 0 || cpu->nmis != 0)
            log(LogLevel::warning, "CPU {}: {} interrupts that nobody expected, {} NMIs",
                cpu->index, cpu->noise, cpu->nmis);
}

[[noreturn]] void after_dom0()
{
    log_noise(); // before NMIs stop the other CPUs
    const Domain& domain = dom0();
    if (domain.state == DomainState::crashed) {
        log_vcpu(*this_cpu().current);
        char text[120];
        halt_machine(format(text, "dom0 was killed: {}", domain.crash_reason));
    }
    switch (domain.shutdown_reason) {
    case LINTEL_SHUTDOWN_POWEROFF:
        power_off(firmware);
    case LINTEL_SHUTDOWN_REBOOT:
        reset(firmware);
    case LINTEL_SHUTDOWN_CRASH:
        halt_machine("dom0 crashed, by its own report");
    default:
        halt_machine("dom0 halted");
    }
}

// Every CPU from now on. dom0's end is the machine's, on the CPU where it came about.
[[noreturn]] void run()
{
    run_cpu();
    after_dom0();
}

void adopt_boot_cpu()
{
    boot_cpu.stack_begin = reinterpret_cast<std::uint64_t>(boot_stack);
    boot_cpu.stack_end = reinterpret_cast<std::uint64_t>(boot_stack_top);
    adopt(boot_cpu);
    build_idt();
    load_idt();
}

void start_all_processors()
{
    if (!examine_xsave(xsave_area_bytes))
        halt_machine("the processor's XSAVE area is larger than this hypervisor knows");
    require(start_vmx());
    start_interrupts(firmware);
    boot_cpu.apic_id = apic::id();
    announce(boot_cpu);
    if (!machine_xsave().compacted_format_sound)
        log(LogLevel::notice, "no XSAVEC for guests: the processor lacks it or has it wrong");
    log(LogLevel::info, "sealed page tables: {}; {} CR3-target values",
        (cpuid(7).ebx & cpuid_7_ebx_smep) != 0 ? "yes" : "no, the processor lacks SMEP",
        machine_vmx().cr3_targets);
    start_processors(firmware.madt, plan.ram, run);
}

} // namespace

extern "C" [[noreturn]] void hypervisor_main(std::uint32_t magic, std::uint32_t information)
{
    const std::uint64_t entry_tsc = read_tsc();
    adopt_boot_cpu();
    silence_legacy_interrupts();
    const multiboot2::Info info = read_boot_information(magic, information);
    start_clock(entry_tsc);
    const Options options = start_outputs(info.command_line);
    log(LogLevel::notice, "Lintel, ABI revision {}; TSC {} kHz", LINTEL_ABI_REVISION,
        machine_clock().khz);

    find_quirks();
    require(probe_machine_vmx());
    plan_and_map_memory(info, options.dom0_memory);
    read_firmware(info.rsdp, plan.limit.address(), firmware);
    set_vcpu_reporter([] {
        if (this_cpu().current != nullptr)
            log_vcpu(*this_cpu().current);
    });
    set_interrupt_handler(handle_physical_interrupt);
    start_all_processors();
    const auto every_cpu = static_cast<std::uint32_t>(cpus().size());
    const std::uint32_t vcpus = options.dom0_vcpus != 0   ? options.dom0_vcpus
                                : every_cpu < vcpu_limit ? every_cpu
                                                         : vcpu_limit;
    machine_clock().wall_clock_ns =
        static_cast<std::uint64_t>(Rtc<>::read()) * 1'000'000'000 - system_time_ns();
    build_dom0(info, plan, firmware, vcpus);
    for (const MfnRange& range : plan.modules)
        frames().release(range);

    console_receive(); // a key pressed earlier holds the line up, and an edge would never come

    log(LogLevel::notice, "{} processors; dom0: {} vCPUs, {} MiB; hypervisor: {} KiB used, {} MiB free",
        every_cpu, vcpus, plan.dom0.frames() >> 8, (plan.kept() - frames().free_frames()) << 2,
        frames().free_frames() >> 8);
    log_flush(); // dom0 can switch the machine off by itself: what was said so far is out by then
    self_test(options.self_test);
    log(LogLevel::notice, "ticks from entry to dom0: {}", read_tsc() - entry_tsc);
    start_dom0();
    run();
}

} // namespace lintel
