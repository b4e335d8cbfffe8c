/* SPDX-License-Identifier: MIT */
/*
 * Prints the layout of every structure and the value of every constant of the ABI. The output is kept
 * in layout.golden: whoever changes what a guest can see changes that file too, and
 * docs/abi/changelog.md.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include <lintel/block.h>
#include <lintel/console.h>
#include <lintel/control.h>
#include <lintel/cpuid.h>
#include <lintel/device.h>
#include <lintel/domain.h>
#include <lintel/event.h>
#include <lintel/grant.h>
#include <lintel/hypercall.h>
#include <lintel/info.h>
#include <lintel/irq.h>
#include <lintel/ring.h>
#include <lintel/seal.h>
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
    VALUE(LINTEL_VIRQ_SHUTDOWN);
    VALUE(LINTEL_VIRQ_DOMAIN);
    VALUE(LINTEL_VIRQS);
    VALUE(LINTEL_EVENT_YIELD);
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
    FIELD(lintel_info, grants_gpa);
    FIELD(lintel_info, grant_entries);
    FIELD(lintel_info, mappings);
    FIELD(lintel_info, foreign_gpa);
    FIELD(lintel_info, foreign_frames);
    FIELD(lintel_info, devices_gpa);
    FIELD(lintel_info, devices);
    FIELD(lintel_info, reserved0);
    FIELD(lintel_info, commands_gpa);
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
    FIELD(lintel_vcpu_stats, pt_exchanges);
    FIELD(lintel_vcpu_stats, pt_batches);
    FIELD(lintel_vcpu_stats, pt_commands);
    FIELD(lintel_vcpu_stats, pt_refused);
    FIELD(lintel_vcpu_stats, roots_loaded);
    FIELD(lintel_vcpu_stats, protected_stores);
    FIELD(lintel_vcpu_stats, wrong_entries);
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

static void domains(void)
{
    STRUCT(lintel_domain_create);
    FIELD(lintel_domain_create, vcpus);
    FIELD(lintel_domain_create, event_ports);
    FIELD(lintel_domain_create, grant_entries);
    FIELD(lintel_domain_create, mappings);
    FIELD(lintel_domain_create, max_frames);
    FIELD(lintel_domain_create, shared_gpa);
    FIELD(lintel_domain_create, foreign_gpa);
    FIELD(lintel_domain_create, foreign_frames);
    FIELD(lintel_domain_create, devices_gpa);
    FIELD(lintel_domain_create, devices);
    FIELD(lintel_domain_create, flags);
    FIELD(lintel_domain_create, sealed_frames);
    FIELD(lintel_domain_create, reserved);
    STRUCT(lintel_domain_start);
    FIELD(lintel_domain_start, entry);
    FIELD(lintel_domain_start, reserved0);
    FIELD(lintel_domain_start, start_info);
    FIELD(lintel_domain_start, reserved);
    STRUCT(lintel_domain_info);
    FIELD(lintel_domain_info, domain);
    FIELD(lintel_domain_info, state);
    FIELD(lintel_domain_info, reason);
    FIELD(lintel_domain_info, vcpus);
    FIELD(lintel_domain_info, vcpus_blocked);
    FIELD(lintel_domain_info, event_ports);
    FIELD(lintel_domain_info, ports_bound);
    FIELD(lintel_domain_info, grant_entries);
    FIELD(lintel_domain_info, frames);
    FIELD(lintel_domain_info, max_frames);
    FIELD(lintel_domain_info, table_frames);
    FIELD(lintel_domain_info, state_frames);
    FIELD(lintel_domain_info, grants_mapped);
    FIELD(lintel_domain_info, frames_mapped);
    FIELD(lintel_domain_info, mappings);
    FIELD(lintel_domain_info, mappings_limit);
    FIELD(lintel_domain_info, cpu_ns);
    FIELD(lintel_domain_info, created_ns);
    FIELD(lintel_domain_info, text);
    FIELD(lintel_domain_info, page_tables);
    FIELD(lintel_domain_info, create_flags);
    FIELD(lintel_domain_info, protected_frames);
    FIELD(lintel_domain_info, reserved);
    STRUCT(lintel_machine_info);
    FIELD(lintel_machine_info, frames);
    FIELD(lintel_machine_info, free_frames);
    FIELD(lintel_machine_info, dirty_frames);
    FIELD(lintel_machine_info, hypervisor_frames);
    FIELD(lintel_machine_info, tsc_khz);
    FIELD(lintel_machine_info, system_time_ns);
    FIELD(lintel_machine_info, cpus);
    FIELD(lintel_machine_info, domains);
    FIELD(lintel_machine_info, reserved);
    STRUCT(lintel_log_chunk);
    FIELD(lintel_log_chunk, position);
    FIELD(lintel_log_chunk, end);
    WORD(LINTEL_DOMAIN_SELF);
    VALUE(LINTEL_DOMAIN_VCPUS);
    WORD(LINTEL_SHARED_BYTES);
    VALUE(LINTEL_DOMAIN_PAUSED);
    VALUE(LINTEL_DOMAIN_RUNNING);
    VALUE(LINTEL_DOMAIN_SHUT_DOWN);
    VALUE(LINTEL_DOMAIN_CRASHED);
    VALUE(LINTEL_DOMAIN_DYING);
    WORD(LINTEL_DOMAIN_INFO_NEXT);
    WORD(LINTEL_DOMAIN_SEALED);
    WORD(LINTEL_DOMAIN_SEAL_OR_NESTED);
    WORD(LINTEL_DOMAIN_SEAL_CHECK);
    VALUE(LINTEL_PAGE_TABLES_NESTED);
    VALUE(LINTEL_PAGE_TABLES_UNSEALED);
    VALUE(LINTEL_PAGE_TABLES_SEALED);
}

static void sealed_tables(void)
{
    WORD(LINTEL_FEATURE_SEAL);
    WORD(LINTEL_FEATURE_SEAL_REQUIRED);
    WORD(LINTEL_FEATURE_SEAL_CHECK);
    VALUE(LINTEL_FRAME_PLAIN);
    VALUE(LINTEL_FRAME_KERNEL);
    VALUE(LINTEL_FRAME_TEXT);
    VALUE(LINTEL_FRAME_PT);
    VALUE(LINTEL_FRAME_PD);
    VALUE(LINTEL_FRAME_PDPT);
    VALUE(LINTEL_FRAME_ROOT);
    STRUCT(lintel_seal_range);
    FIELD(lintel_seal_range, gpa);
    FIELD(lintel_seal_range, pages);
    FIELD(lintel_seal_range, kind);
    VALUE(LINTEL_SEAL_RANGE_PAGES);
    VALUE(LINTEL_SEAL_RANGES);
    WORD(LINTEL_SEAL_PAIR);
    VALUE(LINTEL_SEAL_PAGES);
    STRUCT(lintel_seal_slot);
    FIELD(lintel_seal_slot, word);
    VALUE(LINTEL_SEAL_SLOTS);
    VALUE(LINTEL_SEAL_SET);
    VALUE(LINTEL_SEAL_CHANGE);
    VALUE(LINTEL_SEAL_GIVE_LEVEL);
    VALUE(LINTEL_SEAL_MAKE_ROOT);
    VALUE(LINTEL_SEAL_LOAD_ROOT);
}

static void grants(void)
{
    STRUCT(lintel_grant_map);
    FIELD(lintel_grant_map, ref);
    FIELD(lintel_grant_map, domain);
    FIELD(lintel_grant_map, flags);
    FIELD(lintel_grant_map, gpa);
    FIELD(lintel_grant_map, handle);
    FIELD(lintel_grant_map, status);
    STRUCT(lintel_grant_unmap);
    FIELD(lintel_grant_unmap, handle);
    FIELD(lintel_grant_unmap, status);
    STRUCT(lintel_grant_revoke);
    FIELD(lintel_grant_revoke, ref);
    FIELD(lintel_grant_revoke, status);
    STRUCT(lintel_grant_copy);
    FIELD(lintel_grant_copy, gpa);
    FIELD(lintel_grant_copy, ref);
    FIELD(lintel_grant_copy, domain);
    FIELD(lintel_grant_copy, flags);
    FIELD(lintel_grant_copy, offset);
    FIELD(lintel_grant_copy, bytes);
    FIELD(lintel_grant_copy, status);
    VALUE(LINTEL_GRANT_ENTRIES);
    VALUE(LINTEL_MAPPINGS);
    VALUE(LINTEL_GRANT_BATCH);
    WORD(LINTEL_GRANT_PRESENT);
    WORD(LINTEL_GRANT_WRITABLE);
    WORD(LINTEL_GRANT_ADDRESS);
    VALUE(LINTEL_GRANT_PEER_SHIFT);
    WORD(LINTEL_GRANT_READONLY);
    WORD(LINTEL_GRANT_TO_PEER);
    VALUE(LINTEL_FOREIGN_FRAMES);
}

static void device_pages(void)
{
    STRUCT(lintel_device_directory);
    FIELD(lintel_device_directory, magic);
    FIELD(lintel_device_directory, version);
    FIELD(lintel_device_directory, slots);
    FIELD(lintel_device_directory, port);
    FIELD(lintel_device_directory, reserved);
    STRUCT(lintel_device_queue);
    FIELD(lintel_device_queue, port);
    FIELD(lintel_device_queue, ring_order);
    FIELD(lintel_device_queue, submission);
    FIELD(lintel_device_queue, completion);
    STRUCT(lintel_device);
    FIELD(lintel_device, device_class);
    FIELD(lintel_device, version);
    FIELD(lintel_device, backend);
    FIELD(lintel_device, removed);
    FIELD(lintel_device, name);
    FIELD(lintel_device, ring_gpa);
    FIELD(lintel_device, port);
    FIELD(lintel_device, reserved0);
    FIELD(lintel_device, backend_state);
    FIELD(lintel_device, generation);
    FIELD(lintel_device, features);
    FIELD(lintel_device, queues);
    FIELD(lintel_device, ring_order);
    FIELD(lintel_device, reserved1);
    FIELD(lintel_device, config);
    FIELD(lintel_device, frontend_state);
    FIELD(lintel_device, seen_generation);
    FIELD(lintel_device, chosen_features);
    FIELD(lintel_device, chosen_queues);
    FIELD(lintel_device, reserved2);
    FIELD(lintel_device, queue);
    WORD(LINTEL_DEVICE_MAGIC);
    VALUE(LINTEL_DEVICE_NONE);
    VALUE(LINTEL_DEVICE_CONSOLE);
    VALUE(LINTEL_DEVICE_BLOCK);
    VALUE(LINTEL_DEVICE_NETWORK);
    VALUE(LINTEL_STATE_ABSENT);
    VALUE(LINTEL_STATE_READY);
    VALUE(LINTEL_STATE_CONNECTED);
    VALUE(LINTEL_STATE_CLOSING);
    VALUE(LINTEL_STATE_FAILED);
    VALUE(LINTEL_DEVICE_QUEUES);
}

static void rings(void)
{
    STRUCT(lintel_ring);
    FIELD(lintel_ring, produced);
    FIELD(lintel_ring, reserved0);
    FIELD(lintel_ring, room_wanted);
    FIELD(lintel_ring, reserved1);
    FIELD(lintel_ring, consumed);
    FIELD(lintel_ring, reserved2);
    FIELD(lintel_ring, items_wanted);
    FIELD(lintel_ring, reserved3);
    VALUE(LINTEL_RING_HEADER);
    VALUE(LINTEL_RING_ORDERS);
    VALUE(LINTEL_RING_BROKEN);
    VALUE(LINTEL_RING_LAP_SHIFT);
}

static void consoles(void)
{
    VALUE(LINTEL_CONSOLE_VERSION);
    VALUE(LINTEL_CONSOLE_PAGES);
    VALUE(LINTEL_CONSOLE_ORDER);
    STRUCT(lintel_console_slot);
    FIELD(lintel_console_slot, bytes);
    FIELD(lintel_console_slot, text);
    FIELD(lintel_console_slot, lap);
    VALUE(LINTEL_CONSOLE_TEXT);
}

static void block(void)
{
    VALUE(LINTEL_BLOCK_VERSION);
    WORD(LINTEL_BLOCK_FEATURE_FUA);
    WORD(LINTEL_BLOCK_FEATURE_DISCARD);
    WORD(LINTEL_BLOCK_FEATURE_ZEROES);
    WORD(LINTEL_BLOCK_FEATURE_DIRECT);
    STRUCT(lintel_block_config);
    FIELD(lintel_block_config, bytes);
    FIELD(lintel_block_config, flags);
    FIELD(lintel_block_config, sector_bytes);
    FIELD(lintel_block_config, most_bytes);
    FIELD(lintel_block_config, most_pages);
    FIELD(lintel_block_config, most_erased);
    FIELD(lintel_block_config, erase_bytes);
    FIELD(lintel_block_config, direct_bytes);
    FIELD(lintel_block_config, pool_pages);
    FIELD(lintel_block_config, pool_list);
    FIELD(lintel_block_config, reserved);
    WORD(LINTEL_BLOCK_READ_ONLY);
    VALUE(LINTEL_BLOCK_LEAST_BYTES);
    VALUE(LINTEL_BLOCK_POOL_PAGES);
    VALUE(LINTEL_BLOCK_RING_ORDER);
    STRUCT(lintel_block_request);
    FIELD(lintel_block_request, operation);
    FIELD(lintel_block_request, flags);
    FIELD(lintel_block_request, pages);
    FIELD(lintel_block_request, id);
    FIELD(lintel_block_request, offset);
    FIELD(lintel_block_request, bytes);
    FIELD(lintel_block_request, place);
    FIELD(lintel_block_request, page);
    FIELD(lintel_block_request, list);
    FIELD(lintel_block_request, reserved);
    FIELD(lintel_block_request, lap);
    VALUE(LINTEL_BLOCK_INLINE_PAGES);
    VALUE(LINTEL_BLOCK_READ);
    VALUE(LINTEL_BLOCK_WRITE);
    VALUE(LINTEL_BLOCK_FLUSH);
    VALUE(LINTEL_BLOCK_DISCARD);
    VALUE(LINTEL_BLOCK_ZEROES);
    WORD(LINTEL_BLOCK_FUA);
    WORD(LINTEL_BLOCK_DIRECT);
    WORD(LINTEL_BLOCK_KEEP);
    STRUCT(lintel_block_completion);
    FIELD(lintel_block_completion, id);
    FIELD(lintel_block_completion, status);
    FIELD(lintel_block_completion, lap);
    VALUE(LINTEL_BLOCK_DONE);
    VALUE(LINTEL_BLOCK_ERROR);
    VALUE(LINTEL_BLOCK_NO_SPACE);
    VALUE(LINTEL_BLOCK_WRITE_DENIED);
    VALUE(LINTEL_BLOCK_UNSUPPORTED);
    VALUE(LINTEL_BLOCK_RANGE);
    VALUE(LINTEL_BLOCK_INVALID);
    VALUE(LINTEL_BLOCK_BAD_GRANT);
}

static void control_device(void)
{
    STRUCT(lintel_ioctl_call);
    FIELD(lintel_ioctl_call, number);
    FIELD(lintel_ioctl_call, args);
    FIELD(lintel_ioctl_call, buffer);
    FIELD(lintel_ioctl_call, bytes);
    FIELD(lintel_ioctl_call, buffer_arg);
    FIELD(lintel_ioctl_call, result);
    STRUCT(lintel_ioctl_map_foreign);
    FIELD(lintel_ioctl_map_foreign, domain);
    FIELD(lintel_ioctl_map_foreign, flags);
    FIELD(lintel_ioctl_map_foreign, gpa);
    FIELD(lintel_ioctl_map_foreign, pages);
    FIELD(lintel_ioctl_map_foreign, offset);
    STRUCT(lintel_ioctl_map_grants);
    FIELD(lintel_ioctl_map_grants, domain);
    FIELD(lintel_ioctl_map_grants, flags);
    FIELD(lintel_ioctl_map_grants, refs);
    FIELD(lintel_ioctl_map_grants, count);
    FIELD(lintel_ioctl_map_grants, reserved);
    FIELD(lintel_ioctl_map_grants, offset);
    STRUCT(lintel_ioctl_unmap);
    FIELD(lintel_ioctl_unmap, offset);
    STRUCT(lintel_ioctl_port);
    FIELD(lintel_ioctl_port, domain);
    FIELD(lintel_ioctl_port, remote);
    FIELD(lintel_ioctl_port, port);
    FIELD(lintel_ioctl_port, flags);
    STRUCT(lintel_ioctl_grant);
    FIELD(lintel_ioctl_grant, domain);
    FIELD(lintel_ioctl_grant, flags);
    FIELD(lintel_ioctl_grant, address);
    FIELD(lintel_ioctl_grant, count);
    FIELD(lintel_ioctl_grant, reserved);
    FIELD(lintel_ioctl_grant, refs);
    STRUCT(lintel_ioctl_confine);
    FIELD(lintel_ioctl_confine, domain);
    FIELD(lintel_ioctl_confine, reserved);
    VALUE(LINTEL_CALL_BYTES);
    WORD(LINTEL_IOCTL_CALL);
    WORD(LINTEL_IOCTL_MAP_FOREIGN);
    WORD(LINTEL_MAP_PINNABLE);
    WORD(LINTEL_IOCTL_MAP_GRANTS);
    WORD(LINTEL_IOCTL_UNMAP);
    WORD(LINTEL_IOCTL_PORT_ALLOC);
    WORD(LINTEL_IOCTL_PORT_BIND);
    WORD(LINTEL_IOCTL_PORT_BIND_VIRQ);
    WORD(LINTEL_IOCTL_PORT_CLOSE);
    WORD(LINTEL_IOCTL_PORT_SEND);
    WORD(LINTEL_IOCTL_GRANT);
    WORD(LINTEL_IOCTL_CONFINE);
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
    domains();
    sealed_tables();
    grants();
    device_pages();
    rings();
    consoles();
    block();
    control_device();
    return 0;
}
