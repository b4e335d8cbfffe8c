// SPDX-License-Identifier: Apache-2.0
// What the files of a disk's backend share. It has a file, one thread, and can be told to do what no backend may.
#pragma once

#include "disk.h"

#define QUEUES 2u
#define POOL_PAGES 64u
#define ORDER 4u
#define RING_SLOTS (1u << ORDER)
#define MOST_PAGES (LINTEL_BLOCK_LEAST_BYTES / PAGE + 1)
#define FEATURES                                                                             \
    (LINTEL_BLOCK_FEATURE_FUA | LINTEL_BLOCK_FEATURE_DISCARD | LINTEL_BLOCK_FEATURE_ZEROES | \
     LINTEL_BLOCK_FEATURE_DIRECT)

struct ring {
    uint64_t offset; // of its mapping; 0: none
    void* memory;
    uint64_t bytes;
};

struct queue {
    struct ring submission, completion;
    struct lintel_ring_consumer requests;
    struct lintel_ring_producer answers;
    uint32_t port;
};

struct disk {
    const struct domain* domain;
    volatile struct lintel_device* page;
    int file;
    int device; // /dev/lintel, for this guest alone
    int grants; // likewise; holds the pool
    unsigned char* pool; // of all queues, then a page for each that lists one
    uint32_t lists[QUEUES], first; // references of those, and of the first page
    struct lintel_block_config config;
    uint32_t state;
    uint32_t queues; // connected ones
    struct queue queue[QUEUES];
    enum disk_mischief mischief;
    int64_t noticed_by; // ms; until then the frontend has to leave; 0: it need not
    unsigned done[LINTEL_BLOCK_ZEROES + 1], stable; // requests by kind; writes with FUA
};

struct offer {
    uint32_t queues, ring_order;
    struct lintel_block_config config;
};

// --- disk.c ---

void disk_offer_this(struct disk* disk, const struct offer* offer);
void disk_offer(struct disk* disk);
void disk_set_state(struct disk* disk, uint32_t state);
void disk_let_go(struct disk* disk);

// --- disk_mischief.c ---

// Of a request that is possible. True: it has got all the answer that it gets.
int disk_mischief_before(struct disk* disk, unsigned queue, const struct lintel_block_request* request);
void disk_mischief_after(struct disk* disk, struct queue* queue, uint32_t id);
// The frontend has left, in this state.
void disk_left(struct disk* disk, uint32_t frontend);
// It has been told that the disk is removed, and has to leave.
void disk_await_end(struct disk* disk);
// True: it should have long ago.
int disk_overlooked(struct disk* disk);

// --- disk_direct.c ---

struct direct {
    unsigned char* data; // behind `place` of the first page
    uint64_t offset;     // of the mapping
};

// The pages of a direct request that is possible.
struct direct disk_show(const struct disk* disk, int device, unsigned queue,
                        const struct lintel_block_request* request);
void disk_hide(int device, const struct direct* direct, const struct lintel_block_request* request);
// Another process has them from here on, until it is killed.
void disk_keep(const struct disk* disk, unsigned queue, const struct lintel_block_request* request);

// --- disk_pins.c ---

// With a page of zeros that the frontend has granted, and that is not mapped.
void disk_check_pins(struct disk* disk, uint32_t ref);

// --- disk_requests.c ---

uint64_t disk_bytes(const struct disk* disk);
void disk_serve_queue(struct disk* disk, unsigned number);
void disk_answer(struct queue* queue, uint32_t id, uint32_t status);
void disk_notify(const struct disk* disk, const struct queue* queue);
