/* SPDX-License-Identifier: MIT */
/* Domains: creation, control, information. For dom0. Contract: docs/abi/domains.md. */
#ifndef LINTEL_DOMAIN_H
#define LINTEL_DOMAIN_H

#include "types.h"

#define LINTEL_DOMAIN_SELF 0xffffu /* where a call takes a domain's number: the caller's own */
#define LINTEL_DOMAIN_VCPUS 32u    /* most vCPUs of a domain */

/* domain_create: what is fixed for the domain's life. Read once. */
struct lintel_domain_create {
    uint32_t vcpus;          /* 1 .. LINTEL_DOMAIN_VCPUS */
    uint32_t event_ports;    /* 64 .. LINTEL_EVENT_PORTS, a multiple of 64, port 0 included */
    uint32_t grant_entries;  /* 512 .. LINTEL_GRANT_ENTRIES, a multiple of 512 */
    uint32_t mappings;       /* most handles it holds at a time, 0 .. LINTEL_MAPPINGS */
    uint64_t max_frames;     /* most frames of RAM */
    uint64_t shared_gpa;     /* where the window's pages lie, LINTEL_SHARED_BYTES of it, 2 MiB-aligned */
    uint64_t foreign_gpa;    /* where grant_map may map, 2 MiB-aligned; reported in the information page */
    uint64_t foreign_frames; /* its size; 0: none */
    uint64_t devices_gpa;    /* the device area, page-aligned; only reported in the information page */
    uint32_t devices;        /* its pages, the directory included */
    uint32_t flags;          /* LINTEL_DOMAIN_SEALED and its kin */
    uint64_t sealed_frames;  /* with LINTEL_DOMAIN_SEALED: RAM lies below this many frames; else zero */
    uint64_t reserved[3];    /* zero */
};
#define LINTEL_DOMAIN_SEALED 0x1u         /* it may seal its page tables, and is to stop if it cannot */
#define LINTEL_DOMAIN_SEAL_OR_NESTED 0x2u /* with SEALED: it may go on unsealed instead */
#define LINTEL_DOMAIN_SEAL_CHECK 0x4u     /* with SEALED: stores to its tables are reported, not its end */
#define LINTEL_SHARED_BYTES 0x200000u /* guest-physical space that the window's pages may take */

/* domain_start: where vCPU 0 begins, in the state of a PVH entry. Read once. */
struct lintel_domain_start {
    uint32_t entry;       /* physical address of the 32-bit entry */
    uint32_t reserved0;   /* zero */
    uint64_t start_info;  /* guest-physical address of hvm_start_info, below 4 GiB */
    uint64_t reserved[2]; /* zero */
};

/* State of a domain, in domain_info. */
#define LINTEL_DOMAIN_PAUSED 0u   /* made, or paused by domain_pause */
#define LINTEL_DOMAIN_RUNNING 1u
#define LINTEL_DOMAIN_SHUT_DOWN 2u /* by its own hypercall; `reason` says how */
#define LINTEL_DOMAIN_CRASHED 3u   /* by something it may not do; `text` says what */
#define LINTEL_DOMAIN_DYING 4u     /* domain_destroy has begun */

/* domain_info: written whole. Counts are of this moment. */
struct lintel_domain_info {
    uint32_t domain;
    uint32_t state;          /* LINTEL_DOMAIN_* */
    uint32_t reason;         /* LINTEL_SHUTDOWN_*, when shut down */
    uint32_t vcpus;
    uint32_t vcpus_blocked;  /* of these, waiting in HLT or vcpu_wait */
    uint32_t event_ports;    /* limit */
    uint32_t ports_bound;
    uint32_t grant_entries;  /* limit */
    uint64_t frames;         /* RAM it has, in frames */
    uint64_t max_frames;     /* limit */
    uint64_t table_frames;   /* EPT tables, in frames */
    uint64_t state_frames;   /* all else that the hypervisor keeps for it, in frames */
    uint32_t grants_mapped;  /* of its entries, those that others have mapped */
    uint32_t frames_mapped;  /* its frames that others have mapped, by grants or foreign_map */
    uint32_t mappings;       /* handles it holds */
    uint32_t mappings_limit; /* how many it may hold */
    uint64_t cpu_ns;         /* time its vCPUs had a processor, all together */
    uint64_t created_ns;     /* system time */
    char text[64];           /* why it crashed, for people; zero-terminated, empty otherwise */
    uint32_t page_tables;    /* LINTEL_PAGE_TABLES_* */
    uint32_t create_flags;   /* LINTEL_DOMAIN_SEALED and its kin, as it was made */
    uint64_t protected_frames; /* of its RAM, what it may not store to: tables and text */
    uint64_t reserved[6];    /* zero */
};
#define LINTEL_PAGE_TABLES_NESTED 0u   /* it writes its page tables itself */
#define LINTEL_PAGE_TABLES_UNSEALED 1u /* likewise, but it may seal them */
#define LINTEL_PAGE_TABLES_SEALED 2u   /* they change by commands only */
#define LINTEL_DOMAIN_INFO_NEXT 0x1u /* flag: of the first domain with this number or a higher one */

/* machine_info: written whole. */
struct lintel_machine_info {
    uint64_t frames;            /* RAM of the machine */
    uint64_t free_frames;       /* for new domains, those still to be erased included */
    uint64_t dirty_frames;      /* of these, still to be erased */
    uint64_t hypervisor_frames; /* what the hypervisor keeps for itself and for domains */
    uint64_t tsc_khz;
    uint64_t system_time_ns;
    uint32_t cpus;
    uint32_t domains;           /* that exist, dom0 and dying ones included */
    uint64_t reserved[8];       /* zero */
};

/* log_read: what precedes the text in the buffer. */
struct lintel_log_chunk {
    uint64_t position; /* of the text's first byte; later than asked for if that was overwritten */
    uint64_t end;      /* of the log so far: read on until position + bytes reaches it */
};

#endif
