// SPDX-License-Identifier: Apache-2.0
// Pages that the frontend grants for a request: mapped for as long as it lasts, or for longer than they may be.
#include "disk_parts.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t keepers[QUEUES * RING_SLOTS]; // of the requests that have not ended
static unsigned keeper_count;

struct direct disk_show(const struct disk* disk, int device, unsigned queue,
                        const struct lintel_block_request* request)
{
    const uint32_t flags = request->operation == LINTEL_BLOCK_WRITE ? LINTEL_GRANT_READONLY : 0;
    const void* listed = disk->pool + queue * POOL_PAGES * PAGE + request->list;
    uint32_t refs[MOST_PAGES];
    struct direct direct;

    memcpy(refs, request->pages > LINTEL_BLOCK_INLINE_PAGES ? listed : request->page, request->pages * sizeof(*refs));
    direct.data = control_map_grants(device, disk->domain->number, refs, request->pages, flags, &direct.offset);
    direct.data += request->place;
    return direct;
}

void disk_hide(int device, const struct direct* direct, const struct lintel_block_request* request)
{
    control_unmap(device, direct->data - request->place, request->pages * PAGE, direct->offset);
}

// A queue's rings, the first page of each: they are not given back either.
struct rings {
    uint32_t refs[2];
};

// What may have been answered before is read in the end only, again and again.
static void keep(const struct disk* disk, unsigned queue, const struct lintel_block_request* request,
                 struct rings rings, int ready)
{
    const unsigned wrong = 10;
    const int device = control_open(0);
    const struct direct direct = disk_show(disk, device, queue, request);
    uint64_t offset;
    char byte = 0;

    control_map_grants(device, disk->domain->number, rings.refs, 2, 0, &offset);
    for (unsigned i = 0;; i++) {
        if (i < wrong)
            memset(direct.data, 0x80 + i, request->bytes);
        else if (pread(disk->file, direct.data, request->bytes, request->offset) != request->bytes)
            die("a read of kept pages");
        if (i == 0)
            expect(write(ready, &byte, 1) == 1);
        usleep(50000);
    }
}

void disk_keep(const struct disk* disk, unsigned queue, const struct lintel_block_request* request)
{
    const volatile struct lintel_device_queue* said = &disk->page->queue[queue];
    const struct rings rings = {{said->submission[0], said->completion[0]}}; // a child cannot see the device page
    int ready[2];
    char byte;

    if (keeper_count == QUEUES * RING_SLOTS || pipe(ready))
        die("one more who keeps pages");
    fflush(stdout);
    keepers[keeper_count] = fork();
    if (keepers[keeper_count] == 0)
        keep(disk, queue, request, rings, ready[1]);
    close(ready[1]);
    if (keepers[keeper_count] < 0 || read(ready[0], &byte, 1) != 1)
        die("who keeps pages");
    close(ready[0]);
    keeper_count++;
}

void disk_kill_keepers(void)
{
    while (keeper_count > 0) {
        const pid_t keeper = keepers[--keeper_count];

        expect(kill(keeper, SIGKILL) == 0);
        expect(waitpid(keeper, NULL, 0) == keeper);
    }
}
