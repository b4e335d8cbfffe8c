// SPDX-License-Identifier: Apache-2.0
// What no backend may do, and the look whether the frontend has noticed.
#include "disk_parts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NOTICED_WITHIN 10000 // ms; the driver does in its next interrupt
#define LET_GO_WITHIN 60000  // ms; the driver waits twice for ten seconds

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void write_garbage(struct queue* queue)
{
    uint64_t* completions = queue->completion.memory;
    struct lintel_ring* submission = queue->submission.memory;
    uint64_t random = 0x9e3779b97f4a7c15;

    for (unsigned i = LINTEL_RING_HEADER / 8; i < PAGE / 8; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        __atomic_store_n(completions + i, random, __ATOMIC_RELAXED);
    }
    submission->items_wanted = random >> 32;
}

// From here on it is good again, but for what the frontend has to answer by leaving.
static void broke(struct disk* disk)
{
    expect(disk->noticed_by == 0); // the last one
    disk->mischief = DISK_GOOD;
    disk->noticed_by = now() + NOTICED_WITHIN;
}

// One that a driver would find at the start of its table, where it must not look, is left without an answer, and those
// that come before it are, too: so it comes.
static int refuse_answer(struct disk* disk, struct queue* queue, uint32_t id)
{
    if (id == 0) {
        disk_answer(queue, 0xffffffff, LINTEL_BLOCK_DONE);
        broke(disk);
    }
    return 1;
}

int disk_mischief_before(struct disk* disk, unsigned number, const struct lintel_block_request* request)
{
    struct queue* queue = &disk->queue[number];

    switch (disk->mischief) {
    case DISK_WRONG_ID:
        return refuse_answer(disk, queue, request->id);
    case DISK_STATUS:
        disk->mischief = DISK_GOOD;
        disk_answer(queue, request->id, 0xffff);
        return 1;
    case DISK_KEEP:
    case DISK_KEEP_SILENTLY:
        if (!(request->flags & LINTEL_BLOCK_DIRECT) || request->operation != LINTEL_BLOCK_READ)
            return 0;
        disk_keep(disk, number, request);
        if (disk->mischief == DISK_KEEP)
            disk_answer(queue, request->id, LINTEL_BLOCK_DONE);
        return 1;
    default:
        return 0;
    }
}

void disk_mischief_after(struct disk* disk, struct queue* queue, uint32_t id)
{
    const unsigned storm = 5000;

    switch (disk->mischief) {
    case DISK_TWICE:
        disk_answer(queue, id, LINTEL_BLOCK_DONE);
        break;
    case DISK_OTHER_ID:
        disk_answer(queue, (id + 1) % RING_SLOTS, LINTEL_BLOCK_DONE);
        break;
    case DISK_LAP:
        memset((char*)queue->completion.memory + LINTEL_RING_HEADER, 0x77,
               sizeof(struct lintel_block_completion) << ORDER);
        break;
    case DISK_CONSUMED:
        queue->requests.end.next += 3 * RING_SLOTS;
        break;
    case DISK_GARBAGE:
        write_garbage(queue);
        break;
    case DISK_STORM:
        for (unsigned i = 0; i < storm; i++)
            disk_notify(disk, queue);
        disk->mischief = DISK_GOOD;
        return;
    default:
        return;
    }
    broke(disk);
}

// --- whether it is noticed ---

void disk_left(struct disk* disk, uint32_t frontend)
{
    if (disk->noticed_by && !disk->page->removed)
        expect(frontend == LINTEL_STATE_FAILED);
    disk->noticed_by = 0;
}

void disk_await_end(struct disk* disk)
{
    disk->noticed_by = now() + LET_GO_WITHIN;
}

int disk_overlooked(struct disk* disk)
{
    const int late = disk->noticed_by && now() > disk->noticed_by;

    if (late && disk->page->removed)
        die("a frontend that does not let a removed disk go"); // nor does its guest end
    if (late) {
        expect(!"the frontend leaves a backend that broke the protocol");
        disk->noticed_by = 0;
    }
    return late;
}

int disk_patience(const struct disk* disk)
{
    const int64_t left = disk->noticed_by - now();

    return !disk->noticed_by ? -1 : left > 0 ? left + 1 : 1;
}
