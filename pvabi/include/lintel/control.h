/* SPDX-License-Identifier: MIT */
/*
 * /dev/lintel: what dom0's kernel offers to the toolstack and to backends. Contract:
 * docs/abi/control.md. All that a file holds (mappings, ports, grants) is let go when it is closed, at the
 * latest when its last mapping is gone. 64-bit processes only; failures are errno values.
 */
#ifndef LINTEL_CONTROL_H
#define LINTEL_CONTROL_H

#include "types.h"

/* LINTEL_IOCTL_CALL: one control hypercall. */
struct lintel_ioctl_call {
    uint64_t number;  /* LINTEL_HC_domain_*, machine_info, log_read or event_alloc */
    uint64_t args[5];
    uint64_t buffer;  /* user address of what args[buffer_arg] names, or zero */
    uint32_t bytes;   /* its size, at most LINTEL_CALL_BYTES; copied in, and out again on success */
    uint32_t buffer_arg;
    int64_t result;   /* out: what the hypervisor answered, negative statuses included */
};
#define LINTEL_CALL_BYTES 16384u

/* LINTEL_IOCTL_MAP_FOREIGN: pages of another domain, to be mapped with mmap(offset). */
struct lintel_ioctl_map_foreign {
    uint32_t domain;
    uint32_t flags;  /* LINTEL_GRANT_READONLY or zero */
    uint64_t gpa;    /* page-aligned */
    uint64_t pages;
    uint64_t offset; /* out: for mmap and LINTEL_IOCTL_UNMAP */
};

#define LINTEL_MAP_PINNABLE 0x2u /* flag of MAP_GRANTS: system calls can pin the pages, as for direct I/O */

/* LINTEL_IOCTL_MAP_GRANTS: pages that another domain has granted, likewise; all or none. */
struct lintel_ioctl_map_grants {
    uint32_t domain;
    uint32_t flags;  /* LINTEL_GRANT_READONLY, LINTEL_MAP_PINNABLE */
    uint64_t refs;   /* user address of uint32_t[count] */
    uint32_t count;  /* 1 .. 4096 */
    uint32_t reserved;
    uint64_t offset; /* out */
};

/* LINTEL_IOCTL_UNMAP: lets go of a mapping; EBUSY while it is mapped by mmap. */
struct lintel_ioctl_unmap {
    uint64_t offset;
};

/*
 * Ports of this file. read() gives uint32_t ports that have fired, each of which is masked until it is
 * written back by write(); poll() tells when there are some.
 */
struct lintel_ioctl_port {
    uint32_t domain; /* the peer, or a virtual interrupt for BIND_VIRQ */
    uint32_t remote; /* BIND: the peer's port, which awaits dom0; others: zero */
    uint32_t port;   /* out; in for CLOSE and SEND */
    uint32_t flags;  /* SEND: LINTEL_EVENT_YIELD or zero; others: zero */
};

/* LINTEL_IOCTL_GRANT: grants pages of the process to another domain, all or none, until the file is closed. */
struct lintel_ioctl_grant {
    uint32_t domain;   /* the peer */
    uint32_t flags;    /* LINTEL_GRANT_READONLY or zero */
    uint64_t address;  /* of the first page; page-aligned, memory that can be written */
    uint32_t count;    /* pages, 1 .. 4096 */
    uint32_t reserved; /* zero */
    uint64_t refs;     /* user address of uint32_t[count], which gets dom0's references */
};

/* LINTEL_IOCTL_CONFINE: from now on the file serves this domain's devices, and does nothing else. */
struct lintel_ioctl_confine {
    uint32_t domain;
    uint32_t reserved; /* zero */
};

/* Request numbers: Linux's _IOWR(0xb1, n, structure). */
#define LINTEL_IOCTL_CALL 0xc048b100u
#define LINTEL_IOCTL_MAP_FOREIGN 0xc020b101u
#define LINTEL_IOCTL_MAP_GRANTS 0xc020b102u
#define LINTEL_IOCTL_UNMAP 0xc008b103u
#define LINTEL_IOCTL_PORT_ALLOC 0xc010b104u
#define LINTEL_IOCTL_PORT_BIND 0xc010b105u
#define LINTEL_IOCTL_PORT_BIND_VIRQ 0xc010b106u
#define LINTEL_IOCTL_PORT_CLOSE 0xc010b107u
#define LINTEL_IOCTL_PORT_SEND 0xc010b108u
#define LINTEL_IOCTL_GRANT 0xc020b109u
#define LINTEL_IOCTL_CONFINE 0xc008b10au

#endif
