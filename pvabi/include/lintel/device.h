/* SPDX-License-Identifier: MIT */
/* The device area: one page per paravirtual device. Contract: docs/abi/devices.md. */
#ifndef LINTEL_DEVICE_H
#define LINTEL_DEVICE_H

#include "types.h"

#define LINTEL_DEVICE_MAGIC 0x736563697665644cull /* "Ldevices", little-endian */

/*
 * First page of the area (info.devices_gpa). Written by the toolstack before the guest starts and
 * constant afterwards. Page n of the area, 1 <= n <= slots, is struct lintel_device number n.
 */
struct lintel_device_directory {
    uint64_t magic;    /* LINTEL_DEVICE_MAGIC */
    uint32_t version;  /* 1 */
    uint32_t slots;    /* device pages that follow */
    uint32_t port;     /* the guest's event port to and from the toolstack: a state in some page changed */
    uint32_t reserved; /* zero */
};

/* What a device is. */
#define LINTEL_DEVICE_NONE 0u /* the slot is empty */
#define LINTEL_DEVICE_CONSOLE 1u
#define LINTEL_DEVICE_BLOCK 2u
#define LINTEL_DEVICE_NETWORK 3u /* reserved */

/* How far one side is. Each side writes its own state word only; transitions: docs/abi/devices.md. */
#define LINTEL_STATE_ABSENT 0u    /* not there, or not any more */
#define LINTEL_STATE_READY 1u     /* what it has to say is in the page */
#define LINTEL_STATE_CONNECTED 2u /* uses the rings */
#define LINTEL_STATE_CLOSING 3u   /* takes nothing new; finishes what it has */
#define LINTEL_STATE_FAILED 4u    /* the peer broke the protocol; as ABSENT, for people */

/* One queue: what the frontend says of it. Written before the frontend's state becomes READY. */
struct lintel_device_queue {
    uint32_t port;          /* the guest's event port, which awaits the backend's domain */
    uint32_t ring_order;    /* each ring has 1 << ring_order slots */
    uint32_t submission[8]; /* grant references of the pages of the submission ring */
    uint32_t completion[8]; /* … of the completion ring */
};

#define LINTEL_DEVICE_QUEUES 16u

/* A device page. Each group of fields has one writer and cache lines of its own. */
struct lintel_device {
    /* Written by the toolstack. */
    uint32_t device_class; /* LINTEL_DEVICE_*; stored last when a device is added */
    uint32_t version;      /* of the class's protocol */
    uint32_t backend;      /* the backend's domain */
    uint32_t removed;      /* non-zero: the frontend is to close and let go of the device */
    char name[16];         /* zero-terminated, unique in the area, "hvc0" */
    uint64_t ring_gpa;     /* guest-physical address of rings that the toolstack has placed, or zero */
    uint32_t port;         /* the guest's event port that belongs to those, or zero */
    uint32_t reserved0[5]; /* zero */

    /* Written by the backend. */
    uint32_t backend_state;
    uint32_t generation;     /* changes each time a backend starts anew: forget the rings, begin again */
    uint64_t features;       /* offered; bits of the class */
    uint32_t queues;         /* most queues */
    uint32_t ring_order;     /* largest ring */
    uint32_t reserved1[10];  /* zero */
    uint64_t config[32];     /* of the class */

    /* Written by the frontend. */
    uint32_t frontend_state;
    uint32_t seen_generation; /* the generation that its state answers */
    uint64_t chosen_features; /* a subset of those offered */
    uint32_t chosen_queues;
    uint32_t reserved2[11]; /* zero */
    struct lintel_device_queue queue[LINTEL_DEVICE_QUEUES];
};

#endif
