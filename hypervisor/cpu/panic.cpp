// SPDX-License-Identifier: Apache-2.0
// Panic report: reason, registers, symbolised back trace, the vCPU this CPU served.
#include "cpu/panic.hpp"

#include "cpu/log.hpp"
#include "cpu/registers.hpp"
#include "cpu/stop.hpp"
#include "cpu/symbols.hpp"
#include "cpu/this_cpu.hpp"
#include "support/assert.hpp"

namespace lintel {

namespace {

void (*vcpu_reporter)() = nullptr;
bool panicking = false;
std::string_view given_reason; // of the panic under way, until it is reported

[[noreturn]] void stop()
{
    log_flush();
    hang();
}

void log_registers(const InterruptFrame& f)
{
    constexpr auto e = LogLevel::error;
    log(e, "rax {:016x} rbx {:016x} rcx {:016x} rdx {:016x}", f.rax, f.rbx, f.rcx, f.rdx);
    log(e, "rsi {:016x} rdi {:016x} rbp {:016x} rsp {:016x}", f.rsi, f.rdi, f.rbp, f.rsp);
    log(e, "r8  {:016x} r9  {:016x} r10 {:016x} r11 {:016x}", f.r8, f.r9, f.r10, f.r11);
    log(e, "r12 {:016x} r13 {:016x} r14 {:016x} r15 {:016x}", f.r12, f.r13, f.r14, f.r15);
    log(e, "rip {:016x} cs {:x} rflags {:x} ss {:x}", f.rip, f.cs, f.rflags, f.ss);
    log(e, "cr0 {:x} cr2 {:016x} cr3 {:x} cr4 {:x}", read_cr0(), read_cr2(), read_cr3(),
        read_cr4());
}

// A second panic inside the report must not run in circles.
void enter_panic()
{
    stop_other_cpus();
    if (panicking)
        stop();
    panicking = true;
}

// Whether a stack frame can be read at this address: on the CPU's stack, or on those of its
// interrupt-stack table, which lie in its block.
bool on_a_stack(std::uint64_t address)
{
    const Cpu& cpu = this_cpu();
    const auto block = reinterpret_cast<std::uint64_t>(&cpu);
    const auto within = [&](std::uint64_t begin, std::uint64_t end) {
        return address >= begin && address <= end - 16;
    };
    return address % 8 == 0 &&
           (within(cpu.stack_begin, cpu.stack_end) || within(block, block + sizeof cpu));
}

} // namespace

void log_back_trace(std::uint64_t rip, std::uint64_t frame_pointer)
{
    constexpr unsigned longest = 24;
    for (unsigned depth = 0; depth < longest; ++depth) {
        const Symbol symbol = symbol_at(rip);
        log(LogLevel::error, "  {:016x} {}+{:x}", rip, symbol.name, symbol.offset);
        if (!on_a_stack(frame_pointer)) // the end, or garbage
            return;
        const auto* frame = reinterpret_cast<const std::uint64_t*>(frame_pointer);
        if (frame[0] <= frame_pointer && frame[0] != 0)
            return;
        frame_pointer = frame[0];
        rip = frame[1];
    }
}

void panic(std::string_view reason)
{
    enter_panic();
    given_reason = reason;
    asm volatile("ud2"); // to the exception handler, which is shown every register
    __builtin_unreachable();
}

void panic_on_exception(const InterruptFrame& frame)
{
    constexpr std::uint64_t invalid_opcode = 6;
    char text[80];
    std::string_view reason = given_reason;
    if (reason.empty() || frame.vector != invalid_opcode) {
        enter_panic();
        reason = format(text, "exception {} with error code {:x} in the hypervisor", frame.vector,
                        frame.error_code);
    }
    given_reason = {};
    // First what may be all, if the report itself fails.
    log(LogLevel::error, "panic on CPU {}: {}", this_cpu().index, reason);
    log_registers(frame);
    log_back_trace(frame.rip, frame.rbp);
    if (vcpu_reporter != nullptr)
        vcpu_reporter();
    log(LogLevel::error, "machine: panic: {}", reason);
    stop();
}

void halt_machine(std::string_view reason)
{
    stop_other_cpus();
    log(LogLevel::error, "machine: halt: {}", reason);
    stop();
}

void set_vcpu_reporter(void (*report)())
{
    vcpu_reporter = report;
}

void assertion_failed(const char* expression, const char* file, int line)
{
    char reason[160];
    panic(format(reason, "assertion failed at {}:{}: {}", file, line, expression));
}

} // namespace lintel
