/* SPDX-License-Identifier: MIT */
/*
 * Prints the layout of every structure and the value of every constant of the ABI. The output is kept
 * in layout.golden: whoever changes what a guest can see changes that file too, and
 * docs/abi/changelog.md.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include <lintel/cpuid.h>
#include <lintel/event.h>
#include <lintel/hypercall.h>
#include <lintel/info.h>
#include <lintel/irq.h>
#include <lintel/status.h>
#include <lintel/time.h>
#include <lintel/vcpu.h>
#include <lintel/window.h>

#define STRUCT(type) printf("struct %s: %zu bytes\n", #type, sizeof(struct type))
#define FIELD(type, name)                                                              \
    printf("  %s.%s: %zu, %zu bytes\n", #type, #name, offsetof(struct type, name), \
           sizeof(((struct type *)0)->name))
#define VALUE(name) printf("%s = %" PRId64 "\n", #name, (int64_t)(name))
#define WORD(name) printf("%s = 0x%" PRIx64 "\n", #name, (uint64_t)(name))

static void time_records(void)
{
    STRUCT(lintel_time_record);
    FIELD(lintel_time_record, version);
    FIELD(lintel_time_record, pad0);
    FIELD(lintel_time_record, tsc_timestamp);
    FIELD(lintel_time_record, system_time);
    FIELD(lintel_time_record, tsc_to_system_mul);
    FIELD(lintel_time_record, tsc_shift);
    FIELD(lintel_time_record, flags);
    FIELD(lintel_time_record, pad);
    WORD(LINTEL_TIME_TSC_STABLE);
    WORD(LINTEL_TIMER_NEVER);
}

static void event_words(void)
{
    STRUCT(lintel_upcall);
    FIELD(lintel_upcall, selector);
    FIELD(lintel_upcall, pending);
    FIELD(lintel_upcall, reserved);
    FIELD(lintel_upcall, pad);
    STRUCT(lintel_events);
    FIELD(lintel_events, pending);
    FIELD(lintel_events, mask);
    FIELD(lintel_events, vcpu);
    VALUE(LINTEL_EVENT_PORTS);
    VALUE(LINTEL_EVENT_WORDS);
    VALUE(LINTEL_EVENT_VCPUS);
    VALUE(LINTEL_VIRQ_TIMER);
    VALUE(LINTEL_VIRQ_CONSOLE);
    VALUE(LINTEL_VIRQS);
}

static void information(void)
{
    STRUCT(lintel_info);
    FIELD(lintel_info, magic);
    FIELD(lintel_info, revision);
    FIELD(lintel_info, flags);
    FIELD(lintel_info, features);
    FIELD(lintel_info, domain);
    FIELD(lintel_info, vcpus);
    FIELD(lintel_info, window_root);
    FIELD(lintel_info, time_gpa);
    FIELD(lintel_info, events_gpa);
    FIELD(lintel_info, stats_gpa);
    FIELD(lintel_info, tsc_khz);
    FIELD(lintel_info, wall_clock_ns);
    FIELD(lintel_info, event_ports);
    FIELD(lintel_info, console_bytes);
    WORD(LINTEL_INFO_MAGIC);
    WORD(LINTEL_INFO_PRIVILEGED);
}

static void statistics(void)
{
    STRUCT(lintel_vcpu_stats);
    FIELD(lintel_vcpu_stats, exits);
    FIELD(lintel_vcpu_stats, hypercalls);
    FIELD(lintel_vcpu_stats, upcalls);
    FIELD(lintel_vcpu_stats, msr_refused);
    FIELD(lintel_vcpu_stats, ports_refused);
    FIELD(lintel_vcpu_stats, reserved);
    VALUE(LINTEL_EXIT_HYPERCALL);
    VALUE(LINTEL_EXIT_INTERRUPT);
    VALUE(LINTEL_EXIT_INTERRUPT_WINDOW);
    VALUE(LINTEL_EXIT_HLT);
    VALUE(LINTEL_EXIT_CPUID);
    VALUE(LINTEL_EXIT_MSR_READ);
    VALUE(LINTEL_EXIT_MSR_WRITE);
    VALUE(LINTEL_EXIT_CONTROL_REGISTER);
    VALUE(LINTEL_EXIT_PORT_IO);
    VALUE(LINTEL_EXIT_EPT_VIOLATION);
    VALUE(LINTEL_EXIT_EXCEPTION);
    VALUE(LINTEL_EXIT_NMI);
    VALUE(LINTEL_EXIT_XSETBV);
    VALUE(LINTEL_EXIT_OTHER);
    VALUE(LINTEL_EXIT_PAUSE);
    VALUE(LINTEL_EXIT_CLASSES);
}

static void calls(void)
{
#define HYPERCALL(name, number, arguments) printf("%s(%d) = %d\n", #name, arguments, LINTEL_HC_##name);
#include <lintel/hypercalls.def>
#undef HYPERCALL
    VALUE(LINTEL_HC_NUMBERS);
    VALUE(LINTEL_SHUTDOWN_POWEROFF);
    VALUE(LINTEL_SHUTDOWN_REBOOT);
    VALUE(LINTEL_SHUTDOWN_CRASH);
    VALUE(LINTEL_SHUTDOWN_HALT);
    VALUE(LINTEL_CONSOLE_BYTES);
    VALUE(LINTEL_EPERM);
    VALUE(LINTEL_ENOENT);
    VALUE(LINTEL_EAGAIN);
    VALUE(LINTEL_ENOMEM);
    VALUE(LINTEL_EFAULT);
    VALUE(LINTEL_EBUSY);
    VALUE(LINTEL_EEXIST);
    VALUE(LINTEL_EINVAL);
    VALUE(LINTEL_ENOSPC);
    VALUE(LINTEL_ENOSYS);
}

static void processors_and_interrupts(void)
{
    STRUCT(lintel_vcpu_start);
    FIELD(lintel_vcpu_start, rip);
    FIELD(lintel_vcpu_start, rsp);
    FIELD(lintel_vcpu_start, rdi);
    FIELD(lintel_vcpu_start, cr3);
    FIELD(lintel_vcpu_start, reserved);
    VALUE(LINTEL_VCPU_STOPPED);
    VALUE(LINTEL_VCPU_RUNNABLE);
    VALUE(LINTEL_VCPU_BLOCKED);
    STRUCT(lintel_msi);
    FIELD(lintel_msi, address);
    FIELD(lintel_msi, data);
    FIELD(lintel_msi, reserved);
    WORD(LINTEL_IRQ_LEVEL);
    WORD(LINTEL_IRQ_LOW);
}

static void detection_and_window(void)
{
    WORD(LINTEL_CPUID_SIGNATURE);
    WORD(LINTEL_SIGNATURE_EBX);
    WORD(LINTEL_SIGNATURE_ECX);
    WORD(LINTEL_SIGNATURE_EDX);
    WORD(LINTEL_CPUID_INFO);
    WORD(LINTEL_CPUID_VCPU);
    WORD(LINTEL_CPUID_LAST);
    VALUE(LINTEL_ABI_REVISION);
    VALUE(LINTEL_WINDOW_SLOT);
    WORD(LINTEL_WINDOW_BASE);
    WORD(LINTEL_WINDOW_BYTES);
    WORD(LINTEL_WINDOW_GATE);
    WORD(LINTEL_WINDOW_INFO);
    WORD(LINTEL_WINDOW_TIME);
    WORD(LINTEL_WINDOW_EVENTS);
    WORD(LINTEL_WINDOW_COMMAND);
    WORD(LINTEL_WINDOW_GRANTS);
    WORD(LINTEL_WINDOW_STATS);
}

int main(void)
{
    detection_and_window();
    information();
    time_records();
    event_words();
    calls();
    statistics();
    processors_and_interrupts();
    return 0;
}
