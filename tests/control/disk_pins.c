// SPDX-License-Identifier: Apache-2.0
// Granted pages that a system call has pinned, here by putting them into a pipe: they stay accessible for as long as
// that lasts, whatever becomes of the mapping.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "disk_parts.h"

static uint32_t mappings_of_dom0(int fd)
{
    struct lintel_domain_info dom0;

    expect(control_call_with(fd, LINTEL_HC_domain_info, 0, 1, &dom0, sizeof(dom0)) == 0);
    return dom0.mappings;
}

static unsigned char* show(struct disk* disk, uint32_t ref, uint32_t flags, uint64_t* offset)
{
    return control_map_grants(disk->device, disk->domain->number, &ref, 1, flags, offset);
}

static void hide(struct disk* disk, unsigned char* page, uint64_t offset)
{
    control_unmap(disk->device, page, PAGE, offset);
}

static long pin(const int pipe[2], unsigned char* page)
{
    return vmsplice(pipe[1], &(struct iovec){page, PAGE}, 1, SPLICE_F_NONBLOCK);
}

// The page is the frontend's, and in use nowhere else yet.
void disk_check_pins(struct disk* disk, uint32_t ref)
{
    int fd = control_open(0), pipes[2];
    uint32_t before = mappings_of_dom0(fd);
    unsigned char content[PAGE];
    uint64_t offset;
    unsigned char* page;

    expect(pipe(pipes) == 0);
    page = show(disk, ref, 0, &offset);
    expect_errno(EFAULT, pin(pipes, page)); // nothing counts who uses this one
    hide(disk, page, offset);
    expect(mappings_of_dom0(fd) == before);

    page = show(disk, ref, LINTEL_MAP_PINNABLE, &offset);
    page[7] = 77;
    expect(pin(pipes, page) == PAGE);
    hide(disk, page, offset);
    usleep(100000);
    expect(mappings_of_dom0(fd) == before + 1);
    expect(read(pipes[0], content, PAGE) == PAGE && content[7] == 77);
    for (int i = 0; i < 100 && mappings_of_dom0(fd) != before; i++)
        usleep(10000);
    expect(mappings_of_dom0(fd) == before);

    // Nobody has pinned it: it goes at once, and what was written is there when it comes back.
    page = show(disk, ref, LINTEL_MAP_PINNABLE, &offset);
    expect(page[7] == 77);
    page[7] = 0;
    hide(disk, page, offset);
    expect(mappings_of_dom0(fd) == before);
    close(pipes[0]);
    close(pipes[1]);
    close(fd);
}
