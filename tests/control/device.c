// SPDX-License-Identifier: Apache-2.0
// The control device, as a few functions.
#include "control.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

int control_open(int flags)
{
    int fd = open("/dev/lintel", O_RDWR | flags);

    if (fd < 0)
        die("/dev/lintel");
    return fd;
}

int control_ioctl(int fd, unsigned long request, void* argument)
{
    return ioctl(fd, request, argument);
}

int64_t control_call(int fd, uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2)
{
    struct lintel_ioctl_call call = {.number = number, .args = {a0, a1, a2}};

    if (ioctl(fd, LINTEL_IOCTL_CALL, &call))
        die("call");
    return call.result;
}

int64_t control_call_with(int fd, uint64_t number, uint64_t domain, unsigned at, void* buffer, uint32_t bytes)
{
    struct lintel_ioctl_call call = {
        .number = number,
        .args = {at == 0 ? 0 : domain},
        .buffer = (uintptr_t)buffer,
        .bytes = bytes,
        .buffer_arg = at,
    };

    if (ioctl(fd, LINTEL_IOCTL_CALL, &call))
        die("call with a buffer");
    return call.result;
}

void* control_map(int fd, uint64_t domain, uint64_t gpa, uint64_t bytes, uint32_t flags, uint64_t* offset)
{
    struct lintel_ioctl_map_foreign map = {
        .domain = domain, .flags = flags, .gpa = gpa, .pages = (bytes + PAGE - 1) / PAGE};
    int rights = PROT_READ | (flags & LINTEL_GRANT_READONLY ? 0 : PROT_WRITE);
    void* place;

    if (ioctl(fd, LINTEL_IOCTL_MAP_FOREIGN, &map))
        die("map foreign pages");
    place = mmap(NULL, map.pages * PAGE, rights, MAP_SHARED, fd, map.offset);
    if (place == MAP_FAILED)
        die("mmap of foreign pages");
    if (offset)
        *offset = map.offset;
    return place;
}

void* control_map_grants(int fd, uint64_t domain, const uint32_t* refs, uint32_t count, uint32_t flags,
                         uint64_t* offset)
{
    struct lintel_ioctl_map_grants map = {
        .domain = domain, .refs = (uintptr_t)refs, .count = count, .flags = flags};
    int rights = PROT_READ | (flags & LINTEL_GRANT_READONLY ? 0 : PROT_WRITE);
    void* place;

    if (ioctl(fd, LINTEL_IOCTL_MAP_GRANTS, &map))
        die("map granted pages");
    place = mmap(NULL, count * PAGE, rights, MAP_SHARED, fd, map.offset);
    if (place == MAP_FAILED)
        die("mmap of granted pages");
    *offset = map.offset;
    return place;
}

void control_unmap(int fd, void* memory, uint64_t bytes, uint64_t offset)
{
    munmap(memory, bytes);
    expect(ioctl(fd, LINTEL_IOCTL_UNMAP, &(struct lintel_ioctl_unmap){offset}) == 0);
}

uint32_t control_bind(int fd, uint64_t domain, uint32_t remote)
{
    struct lintel_ioctl_port port = {.domain = domain, .remote = remote};

    if (ioctl(fd, LINTEL_IOCTL_PORT_BIND, &port))
        die("bind a port");
    return port.port;
}

uint64_t free_frames(int fd)
{
    struct lintel_machine_info machine;
    struct lintel_domain_info dom0;

    if (control_call_with(fd, LINTEL_HC_machine_info, 0, 0, &machine, sizeof(machine)) ||
        control_call_with(fd, LINTEL_HC_domain_info, 0, 1, &dom0, sizeof(dom0)))
        die("machine_info");
    return machine.free_frames + dom0.table_frames;
}
