/* SPDX-License-Identifier: MIT */
/* The information page: what a domain is told about itself. Contract: docs/abi/info.md. */
#ifndef LINTEL_INFO_H
#define LINTEL_INFO_H

#include "types.h"

#define LINTEL_INFO_MAGIC 0x6f666e694c746e4cull /* "LntLinfo", little-endian */

#define LINTEL_INFO_PRIVILEGED 0x1u /* this domain is dom0: RAM is 1:1, devices pass through */

/*
 * Written by the hypervisor before the first vCPU runs; constant afterwards.
 * Every *_gpa is the guest-physical address of the first page of its kind, page-aligned.
 */
struct lintel_info {
    uint64_t magic;       /* LINTEL_INFO_MAGIC */
    uint32_t revision;    /* LINTEL_ABI_REVISION */
    uint32_t flags;       /* LINTEL_INFO_* */
    uint64_t features;    /* LINTEL_FEATURE_*, see seal.h */
    uint32_t domain;      /* the caller's number, for messages to people only */
    uint32_t vcpus;       /* how many vCPUs the domain has; records below are one per vCPU */
    uint64_t window_root; /* guest-physical address of the table for PML4 slot 509 */
    uint64_t time_gpa;    /* struct lintel_time_record[vcpus] */
    uint64_t events_gpa;  /* struct lintel_events */
    uint64_t stats_gpa;   /* struct lintel_vcpu_stats[vcpus] */
    uint64_t tsc_khz;     /* TSC frequency the guest sees, kHz */
    uint64_t wall_clock_ns; /* UTC at system time 0, nanoseconds since 1970-01-01 */
    uint32_t event_ports; /* valid ports are 1 .. event_ports - 1 */
    uint32_t console_bytes; /* longest console_write or console_read, bytes; 0 without console */
    uint64_t grants_gpa;    /* the grant table, uint64_t[grant_entries]; 0 while there is none */
    uint32_t grant_entries;
    uint32_t mappings;       /* most handles that the domain may hold */
    uint64_t foreign_gpa;    /* where grant_map may map; zero in dom0 */
    uint64_t foreign_frames; /* its size; 0: nowhere */
    uint64_t devices_gpa;    /* the device area, which is RAM */
    uint32_t devices;        /* its pages, the directory included; 0: there is none */
    uint32_t reserved0;      /* zero */
    uint64_t commands_gpa;   /* the command buffers, a page for each vCPU; 0: none */
};

/* Why a vCPU left the guest. The order is part of the ABI; new reasons are appended. */
enum lintel_exit_class {
    LINTEL_EXIT_HYPERCALL,
    LINTEL_EXIT_INTERRUPT,        /* physical interrupt */
    LINTEL_EXIT_INTERRUPT_WINDOW, /* guest became able to take its upcall */
    LINTEL_EXIT_HLT,
    LINTEL_EXIT_CPUID,
    LINTEL_EXIT_MSR_READ,
    LINTEL_EXIT_MSR_WRITE,
    LINTEL_EXIT_CONTROL_REGISTER,
    LINTEL_EXIT_PORT_IO,
    LINTEL_EXIT_EPT_VIOLATION,
    LINTEL_EXIT_EXCEPTION, /* #AC, #DB */
    LINTEL_EXIT_NMI,
    LINTEL_EXIT_XSETBV,
    LINTEL_EXIT_OTHER,
    LINTEL_EXIT_PAUSE, /* a loop of PAUSE while other vCPUs wait for the processor */
    LINTEL_EXIT_CLASSES
};

/* Counters of one vCPU, written by the hypervisor only; each is monotonic and wraps never. */
struct lintel_vcpu_stats {
    uint64_t exits[32];       /* by enum lintel_exit_class; unused ones zero */
    uint64_t hypercalls[64];  /* by hypercall number */
    uint64_t upcalls;         /* upcalls injected */
    uint64_t msr_refused;     /* MSR accesses answered with #GP */
    uint64_t ports_refused;   /* port accesses to ports the domain does not have */
    uint64_t pt_exchanges;    /* entries exchanged by pt_exchange */
    uint64_t pt_batches;      /* pt_batch that did something */
    uint64_t pt_commands;     /* commands that were applied, by batches */
    uint64_t pt_refused;      /* entries and commands that were refused */
    uint64_t roots_loaded;    /* CR3 loads that left the guest */
    uint64_t protected_stores; /* stores to protected frames that were reported and let through */
    uint64_t wrong_entries;   /* of a domain in check mode: entries found that no command stores, each time */
    uint64_t reserved[22];
};

#endif
