// SPDX-License-Identifier: Apache-2.0
// The requests of a disk: I/O that is done at once.
#define _GNU_SOURCE
#include "disk_parts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t disk_bytes(const struct disk* disk)
{
    struct stat status;

    if (fstat(disk->file, &status))
        die("the size of a disk");
    return status.st_size;
}

// What the ABI forbids the frontend: the test fails then, and the frontend is told.
static int impossible(const struct lintel_block_request* request)
{
    const uint64_t data = request->operation <= LINTEL_BLOCK_WRITE ? request->bytes : 0;
    const uint64_t end = request->place + data;
    const int misplaced = request->flags & LINTEL_BLOCK_DIRECT
                              ? !data || request->place >= PAGE || request->pages != (end + PAGE - 1) / PAGE ||
                                    request->pages > MOST_PAGES || request->list > (POOL_PAGES - 1) * PAGE
                              : end > POOL_PAGES * PAGE || request->pages || request->list;

    return misplaced || request->place % 512 || request->offset % 512 || request->bytes % 512 || request->reserved ||
           (request->bytes == 0) != (request->operation == LINTEL_BLOCK_FLUSH);
}

static ssize_t transfer(const struct disk* disk, const struct lintel_block_request* request, unsigned char* data)
{
    if (request->operation == LINTEL_BLOCK_READ)
        return pread(disk->file, data, request->bytes, request->offset);
    return pwrite(disk->file, data, request->bytes, request->offset);
}

static ssize_t transfer_directly(const struct disk* disk, unsigned number, const struct lintel_block_request* request)
{
    const struct direct direct = disk_show(disk, disk->device, number, request);
    const ssize_t done = transfer(disk, request, direct.data);

    disk_hide(disk->device, &direct, request);
    return done;
}

static uint32_t perform(struct disk* disk, unsigned number, const struct lintel_block_request* request)
{
    unsigned char* place = disk->pool + number * POOL_PAGES * PAGE + request->place;
    ssize_t bytes = request->bytes, done = bytes;

    if (request->operation > LINTEL_BLOCK_ZEROES)
        return LINTEL_BLOCK_INVALID;
    disk->done[request->operation]++;
    disk->stable += request->flags & LINTEL_BLOCK_FUA;
    if (impossible(request)) {
        expect(!"a request that cannot be");
        return LINTEL_BLOCK_INVALID;
    }
    if (request->offset + request->bytes > disk_bytes(disk))
        return LINTEL_BLOCK_RANGE;
    if (request->flags & LINTEL_BLOCK_DIRECT)
        done = transfer_directly(disk, number, request);
    else if (request->operation <= LINTEL_BLOCK_WRITE)
        done = transfer(disk, request, place);
    else if (request->operation != LINTEL_BLOCK_FLUSH)
        done = bytes + fallocate(disk->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, request->offset, bytes);
    return done == bytes ? LINTEL_BLOCK_DONE : LINTEL_BLOCK_ERROR;
}

void disk_answer(struct queue* queue, uint32_t id, uint32_t status)
{
    struct lintel_block_completion completion = {.id = id, .status = status};

    expect(lintel_ring_put(&queue->answers, &completion, sizeof(completion)) == 1);
}

void disk_notify(const struct disk* disk, const struct queue* queue)
{
    expect(control_ioctl(disk->device, LINTEL_IOCTL_PORT_SEND,
                         &(struct lintel_ioctl_port){.port = queue->port}) == 0);
}

void disk_serve_queue(struct disk* disk, unsigned number)
{
    struct queue* queue = &disk->queue[number];
    struct lintel_block_request request;
    int notice;

    do {
        while (lintel_ring_take(&queue->requests, &request, sizeof(request)) == 1) {
            if (!impossible(&request) && disk_mischief_before(disk, number, &request))
                continue;
            disk_answer(queue, request.id, perform(disk, number, &request));
            disk_mischief_after(disk, queue, request.id);
        }
        notice = lintel_ring_release(&queue->requests);
        notice |= lintel_ring_publish(&queue->answers);
        if (notice)
            disk_notify(disk, queue);
    } while (lintel_ring_await_items(&queue->requests, 1) > 0);
}
