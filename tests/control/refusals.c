// SPDX-License-Identifier: Apache-2.0
// Everything that the control device refuses.
#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lintel/event.h>
#include <lintel/status.h>

// Not a constant, which the compiler would see through.
static void* volatile nowhere = (void*)16;

static struct lintel_domain_info info;

static struct lintel_ioctl_call good_call(uint64_t domain)
{
    return (struct lintel_ioctl_call){
        .number = LINTEL_HC_domain_info,
        .args = {domain},
        .buffer = (uintptr_t)&info,
        .bytes = sizeof(info),
        .buffer_arg = 1,
    };
}

static struct lintel_ioctl_call own_port(uint64_t domain, uint64_t peer)
{
    return (struct lintel_ioctl_call){.number = LINTEL_HC_event_alloc, .args = {domain, peer}};
}

// A call that is right but for one field.
#define REFUSED_CALL(error, change)                                           \
    do {                                                                      \
        struct lintel_ioctl_call call = good_call(domain);                    \
        change;                                                               \
        expect_errno(error, control_ioctl(fd, LINTEL_IOCTL_CALL, &call));     \
    } while (0)

static void refuse_numbers(int fd, uint64_t domain)
{
    static const uint64_t others[] = {
        LINTEL_HC_console_write, LINTEL_HC_shutdown, LINTEL_HC_upcall_set, LINTEL_HC_memory_release,
        LINTEL_HC_foreign_map, LINTEL_HC_grant_map, LINTEL_HC_event_bind, LINTEL_HC_NUMBERS - 1,
        LINTEL_HC_NUMBERS, 1ull << 32 | LINTEL_HC_domain_info, ~0ull};

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        REFUSED_CALL(EINVAL, call.number = others[i]);
}

void refuse_calls(int fd, uint64_t domain)
{
    struct lintel_ioctl_call call = good_call(domain);
    const void* constant = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    expect(control_ioctl(fd, LINTEL_IOCTL_CALL, &call) == 0 && call.result == 0 && info.domain == domain);
    refuse_numbers(fd, domain);
    REFUSED_CALL(EINVAL, call.bytes = 0);
    REFUSED_CALL(EINVAL, call.bytes = sizeof(info) - 1);
    REFUSED_CALL(EINVAL, call.bytes = LINTEL_CALL_BYTES + 1);
    REFUSED_CALL(EINVAL, call.bytes = ~0u);
    REFUSED_CALL(EINVAL, call.buffer_arg = 0);
    REFUSED_CALL(EINVAL, call.buffer_arg = 5);
    REFUSED_CALL(EINVAL, call.buffer_arg = ~0u);
    REFUSED_CALL(EFAULT, call.buffer = 0);
    REFUSED_CALL(EFAULT, call.buffer = (uintptr_t)nowhere);
    REFUSED_CALL(EFAULT, call.buffer = 1ull << 63);
    REFUSED_CALL(EFAULT, call.buffer = (uintptr_t)constant);
    REFUSED_CALL(EINVAL, (call.number = LINTEL_HC_domain_pause)); // has no buffer
    REFUSED_CALL(EINVAL, (call.number = LINTEL_HC_log_read, call.args[2] = sizeof(info) + 1));
    REFUSED_CALL(EINVAL, call = own_port(LINTEL_DOMAIN_SELF, domain));
    REFUSED_CALL(EINVAL, call = own_port(0, domain));
    expect_errno(EFAULT, control_ioctl(fd, LINTEL_IOCTL_CALL, nowhere));
    expect_errno(ENOTTY, control_ioctl(fd, LINTEL_IOCTL_PORT_SEND + 1, &call));
    expect_errno(ENOTTY, control_ioctl(fd, 0x5401, &call));

    // What the hypervisor refuses is no failure of the device.
    expect(control_call(fd, LINTEL_HC_domain_pause, 12345, 0, 0) == LINTEL_ENOENT);
    expect(control_call(fd, LINTEL_HC_domain_pause, domain, ~0ull, 0) == LINTEL_EINVAL);
}

#define REFUSED_MAP(error, change)                                                              \
    do {                                                                                        \
        struct lintel_ioctl_map_foreign map = {.domain = domain, .pages = 1};                   \
        change;                                                                                 \
        expect_errno(error, control_ioctl(fd, LINTEL_IOCTL_MAP_FOREIGN, &map));                 \
    } while (0)

static void refuse_foreign(int fd, uint64_t domain)
{
    REFUSED_MAP(EINVAL, map.pages = 0);
    REFUSED_MAP(EINVAL, map.pages = 1ull << 40);
    REFUSED_MAP(EINVAL, map.pages = ~0ull);
    REFUSED_MAP(EINVAL, map.gpa = 1);
    REFUSED_MAP(EINVAL, (map.gpa = ~0ull << 12, map.pages = 2));
    REFUSED_MAP(EINVAL, map.flags = 2);
    REFUSED_MAP(EINVAL, map.flags = ~0u);
    REFUSED_MAP(ENOENT, map.domain = 12345);
    REFUSED_MAP(EPERM, map.domain = 0);
    REFUSED_MAP(EFAULT, map.gpa = 1ull << 40); // nothing is there
    REFUSED_MAP(EFAULT, map.pages = 1 << 20);  // nor at the end of this: what was mapped goes
    expect_errno(EFAULT, control_ioctl(fd, LINTEL_IOCTL_MAP_FOREIGN, nowhere));
}

static uint32_t no_refs[4096];

#define REFUSED_GRANTS(error, change)                                                           \
    do {                                                                                        \
        struct lintel_ioctl_map_grants map = {                                                  \
            .domain = domain, .count = 1, .refs = (uintptr_t)no_refs};                          \
        change;                                                                                 \
        expect_errno(error, control_ioctl(fd, LINTEL_IOCTL_MAP_GRANTS, &map));                  \
    } while (0)

static void refuse_grants(int fd, uint64_t domain)
{
    REFUSED_GRANTS(EINVAL, map.count = 0);
    REFUSED_GRANTS(EINVAL, map.count = 4097);
    REFUSED_GRANTS(EINVAL, map.count = ~0u);
    REFUSED_GRANTS(EINVAL, map.flags = 4);
    REFUSED_GRANTS(EINVAL, map.reserved = 1);
    REFUSED_GRANTS(EINVAL, map.domain = 0x10000 + domain);
    REFUSED_GRANTS(EFAULT, map.refs = (uintptr_t)nowhere);
    REFUSED_GRANTS(EFAULT, map.refs = ~0ull - 2);
    REFUSED_GRANTS(ENOENT, map.domain = 12345);
    expect_errno(EFAULT, control_ioctl(fd, LINTEL_IOCTL_MAP_GRANTS, nowhere));

    // Nothing is granted there.
    for (uint32_t count = 1; count <= 4096; count *= 4) {
        struct lintel_ioctl_map_grants map = {.domain = domain, .count = count, .refs = (uintptr_t)no_refs};

        expect(control_ioctl(fd, LINTEL_IOCTL_MAP_GRANTS, &map) == -1 && errno != EFAULT);
    }
}

static long try_mmap(int fd, uint64_t pages, int rights, int kind, uint64_t offset)
{
    void* place = mmap(NULL, pages * PAGE, rights, kind, fd, offset);

    if (place == MAP_FAILED)
        return -1;
    munmap(place, pages * PAGE);
    return 0;
}

static void refuse_areas(int fd, uint64_t domain)
{
    const int rw = PROT_READ | PROT_WRITE;
    struct lintel_ioctl_map_foreign map = {.domain = domain, .pages = 4}, other = map, constant = map;
    void* area;

    constant.flags = LINTEL_GRANT_READONLY;
    expect(control_ioctl(fd, LINTEL_IOCTL_MAP_FOREIGN, &map) == 0);
    expect(control_ioctl(fd, LINTEL_IOCTL_MAP_FOREIGN, &other) == 0);
    expect(control_ioctl(fd, LINTEL_IOCTL_MAP_FOREIGN, &constant) == 0);
    expect(map.offset != other.offset && other.offset != constant.offset);

    expect_errno(ENXIO, try_mmap(fd, 1, rw, MAP_SHARED, 0));
    expect_errno(ENXIO, try_mmap(fd, 5, rw, MAP_SHARED, map.offset));
    expect_errno(ENXIO, try_mmap(fd, 1, rw, MAP_SHARED, map.offset + 4 * PAGE));
    expect_errno(ENXIO, try_mmap(fd, 4, rw, MAP_SHARED, map.offset + PAGE));
    expect_errno(ENXIO, try_mmap(fd, 1, rw, MAP_SHARED, 1ull << 40));
    expect_errno(EINVAL, try_mmap(fd, 4, rw, MAP_PRIVATE, map.offset));
    expect_errno(EACCES, try_mmap(fd, 4, PROT_READ | PROT_EXEC, MAP_SHARED, map.offset));
    expect_errno(EACCES, try_mmap(fd, 4, rw, MAP_SHARED, constant.offset));
    expect(try_mmap(fd, 2, rw, MAP_SHARED, map.offset + PAGE) == 0);

    area = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, fd, constant.offset);
    expect(area != MAP_FAILED);
    expect_errno(EACCES, mprotect(area, PAGE, rw));
    expect_errno(EACCES, mprotect(area, PAGE, PROT_READ | PROT_EXEC));
    expect(mremap(area, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
    expect(mremap(area, 0, 4 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);

    // In use until the last part of the area is gone.
    expect_errno(EBUSY, control_ioctl(fd, LINTEL_IOCTL_UNMAP, &(struct lintel_ioctl_unmap){constant.offset}));
    munmap((char*)area + PAGE, PAGE);
    munmap(area, PAGE);
    expect_errno(EBUSY, control_ioctl(fd, LINTEL_IOCTL_UNMAP, &(struct lintel_ioctl_unmap){constant.offset}));
    munmap((char*)area + 2 * PAGE, 2 * PAGE);
    expect(control_ioctl(fd, LINTEL_IOCTL_UNMAP, &(struct lintel_ioctl_unmap){constant.offset}) == 0);
    expect_errno(ENOENT, control_ioctl(fd, LINTEL_IOCTL_UNMAP, &(struct lintel_ioctl_unmap){constant.offset}));
    expect_errno(ENXIO, try_mmap(fd, 1, PROT_READ, MAP_SHARED, constant.offset));
    expect_errno(ENOENT, control_ioctl(fd, LINTEL_IOCTL_UNMAP, &(struct lintel_ioctl_unmap){map.offset + PAGE}));
    expect_errno(EFAULT, control_ioctl(fd, LINTEL_IOCTL_UNMAP, nowhere));
    expect(control_ioctl(fd, LINTEL_IOCTL_UNMAP, &(struct lintel_ioctl_unmap){map.offset}) == 0);
    expect(control_ioctl(fd, LINTEL_IOCTL_UNMAP, &(struct lintel_ioctl_unmap){other.offset}) == 0);
}

void refuse_mappings(int fd, uint64_t domain)
{
    refuse_foreign(fd, domain);
    refuse_grants(fd, domain);
    refuse_areas(fd, domain);
}

#define REFUSED_GRANT(error, change)                                                            \
    do {                                                                                        \
        struct lintel_ioctl_grant grant = {                                                     \
            .domain = domain, .address = (uintptr_t)pages, .count = 2, .refs = (uintptr_t)no_refs}; \
        change;                                                                                 \
        expect_errno(error, control_ioctl(fd, LINTEL_IOCTL_GRANT, &grant));                     \
    } while (0)

void refuse_granting(int fd, uint64_t domain)
{
    const int shared = MAP_SHARED | MAP_ANONYMOUS;
    unsigned char* pages = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, shared, -1, 0);
    void* constant = mmap(NULL, 2 * PAGE, PROT_READ, shared, -1, 0);
    void* foreign = control_map(fd, domain, 0, 2 * PAGE, 0, NULL);

    munmap(pages + 3 * PAGE, PAGE);
    REFUSED_GRANT(EINVAL, grant.count = 0);
    REFUSED_GRANT(EINVAL, grant.count = 4097);
    REFUSED_GRANT(EINVAL, grant.count = ~0u);
    REFUSED_GRANT(EINVAL, grant.flags = 2);
    REFUSED_GRANT(EINVAL, grant.reserved = 1);
    REFUSED_GRANT(EINVAL, grant.domain = 0);
    REFUSED_GRANT(EINVAL, grant.domain = 0x10000 + domain);
    REFUSED_GRANT(EINVAL, grant.address += 1);
    REFUSED_GRANT(EINVAL, grant.address = ~0ull << 12);
    REFUSED_GRANT(EFAULT, grant.count = 4); // the last one is not there
    REFUSED_GRANT(EFAULT, grant.address = (uintptr_t)constant);
    REFUSED_GRANT(EFAULT, grant.address = (uintptr_t)foreign); // cannot be kept in place
    REFUSED_GRANT(EFAULT, grant.address = 1ull << 63);
    REFUSED_GRANT(EFAULT, grant.refs = (uintptr_t)nowhere);
    REFUSED_GRANT(EFAULT, grant.refs = (uintptr_t)constant);
    expect_errno(EFAULT, control_ioctl(fd, LINTEL_IOCTL_GRANT, nowhere));
    munmap(pages, 3 * PAGE);
    munmap(constant, 2 * PAGE);
    munmap(foreign, 2 * PAGE);
}

// What a file that serves one domain cannot do to this one or to another.
void refuse_confined(uint64_t domain)
{
    int fd = control_open(O_NONBLOCK);
    struct lintel_ioctl_map_foreign map = {.domain = domain, .pages = 1}, more = map;
    const uint32_t no_ref = ~0u;
    struct lintel_ioctl_map_grants grants = {.domain = domain, .refs = (uintptr_t)&no_ref, .count = 1};
    struct lintel_ioctl_confine confine = {.domain = domain};
    struct lintel_ioctl_call call = good_call(domain);
    struct lintel_ioctl_grant grant = {.domain = domain, .address = (uintptr_t)&call & ~(PAGE - 1), .count = 1,
                                       .refs = (uintptr_t)no_refs};
    struct lintel_ioctl_port port = {.domain = domain, .remote = 1};
    void* page;

    expect(control_ioctl(fd, LINTEL_IOCTL_MAP_FOREIGN, &map) == 0);
    expect_errno(EINVAL, control_ioctl(fd, LINTEL_IOCTL_CONFINE, &(struct lintel_ioctl_confine){domain, 1}));
    expect_errno(EINVAL, control_ioctl(fd, LINTEL_IOCTL_CONFINE, &(struct lintel_ioctl_confine){0x10000, 0}));
    expect_errno(EFAULT, control_ioctl(fd, LINTEL_IOCTL_CONFINE, nowhere));
    expect(control_ioctl(fd, LINTEL_IOCTL_CONFINE, &confine) == 0);

    expect_errno(EPERM, control_ioctl(fd, LINTEL_IOCTL_CONFINE, &confine));
    expect_errno(EPERM, control_ioctl(fd, LINTEL_IOCTL_CALL, &call));
    expect_errno(EPERM, control_ioctl(fd, LINTEL_IOCTL_MAP_FOREIGN, &more));
    expect_errno(EPERM, control_ioctl(fd, LINTEL_IOCTL_GRANT, &grant));
    expect_errno(EPERM, control_ioctl(fd, LINTEL_IOCTL_PORT_ALLOC, &port));
    expect_errno(EPERM, control_ioctl(fd, LINTEL_IOCTL_PORT_BIND_VIRQ, &port));
    expect_errno(EPERM, control_ioctl(fd, LINTEL_IOCTL_CONFINE + 1, &port));
    grants.domain = port.domain = domain + 1;
    expect_errno(EPERM, control_ioctl(fd, LINTEL_IOCTL_MAP_GRANTS, &grants));
    expect_errno(EPERM, control_ioctl(fd, LINTEL_IOCTL_PORT_BIND, &port));
    grants.domain = domain; // lets it through to the hypervisor, where nothing of the kind is granted
    expect_errno(ENOENT, control_ioctl(fd, LINTEL_IOCTL_MAP_GRANTS, &grants));

    // What it has it keeps.
    page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, map.offset);
    expect(page != MAP_FAILED);
    munmap(page, PAGE);
    expect(control_ioctl(fd, LINTEL_IOCTL_UNMAP, &(struct lintel_ioctl_unmap){map.offset}) == 0);
    close(fd);
}

static long port_ioctl(int fd, unsigned long request, uint32_t domain, uint32_t remote, uint32_t port,
                       uint32_t flags)
{
    return control_ioctl(fd, request, &(struct lintel_ioctl_port){domain, remote, port, flags});
}

void refuse_ports(int fd, uint64_t domain)
{
    struct lintel_ioctl_port virq = {.domain = LINTEL_VIRQ_DOMAIN}, again = virq;
    uint32_t unknown = 4095;
    char small[3];

    expect_errno(EINVAL, port_ioctl(fd, LINTEL_IOCTL_PORT_BIND_VIRQ, LINTEL_VIRQ_TIMER, 0, 0, 0));
    expect_errno(EINVAL, port_ioctl(fd, LINTEL_IOCTL_PORT_BIND_VIRQ, LINTEL_VIRQ_CONSOLE, 0, 0, 0));
    expect_errno(EINVAL, port_ioctl(fd, LINTEL_IOCTL_PORT_BIND_VIRQ, ~0u, 0, 0, 0));
    expect_errno(EINVAL, port_ioctl(fd, LINTEL_IOCTL_PORT_BIND_VIRQ, LINTEL_VIRQ_DOMAIN, 1, 0, 0));
    expect_errno(EINVAL, port_ioctl(fd, LINTEL_IOCTL_PORT_ALLOC, domain, 1, 0, 0));
    expect_errno(EINVAL, port_ioctl(fd, LINTEL_IOCTL_PORT_ALLOC, domain, 0, 0, 1));
    expect_errno(ENOENT, port_ioctl(fd, LINTEL_IOCTL_PORT_ALLOC, 12345, 0, 0, 0));
    expect(port_ioctl(fd, LINTEL_IOCTL_PORT_BIND, domain, 0, 0, 0) == -1);
    expect(port_ioctl(fd, LINTEL_IOCTL_PORT_BIND, domain, ~0u, 0, 0) == -1);
    expect_errno(ENOENT, port_ioctl(fd, LINTEL_IOCTL_PORT_CLOSE, 0, 0, unknown, 0));
    expect_errno(ENOENT, port_ioctl(fd, LINTEL_IOCTL_PORT_CLOSE, 0, 0, 1, 0)); // the kernel's
    expect_errno(ENOENT, port_ioctl(fd, LINTEL_IOCTL_PORT_SEND, 0, 0, 1, 0));
    expect_errno(ENOENT, port_ioctl(fd, LINTEL_IOCTL_PORT_SEND, 0, 0, ~0u, 0));
    expect_errno(ENOENT, port_ioctl(fd, LINTEL_IOCTL_PORT_SEND, 0, 0, 1, LINTEL_EVENT_YIELD));
    expect_errno(EINVAL, port_ioctl(fd, LINTEL_IOCTL_PORT_SEND, 0, 0, 1, LINTEL_EVENT_YIELD << 1));
    expect_errno(EINVAL, port_ioctl(fd, LINTEL_IOCTL_PORT_CLOSE, 0, 0, unknown, LINTEL_EVENT_YIELD));
    expect_errno(EFAULT, control_ioctl(fd, LINTEL_IOCTL_PORT_ALLOC, nowhere));

    expect(control_ioctl(fd, LINTEL_IOCTL_PORT_BIND_VIRQ, &virq) == 0);
    expect_errno(EEXIST, control_ioctl(fd, LINTEL_IOCTL_PORT_BIND_VIRQ, &again));
    expect_errno(EAGAIN, read(fd, &unknown, sizeof(unknown)));
    expect_errno(EINVAL, read(fd, small, sizeof(small)));
    expect_errno(EINVAL, write(fd, small, sizeof(small)));
    expect_errno(ENOENT, write(fd, &unknown, sizeof(unknown)));
    expect_errno(EFAULT, write(fd, nowhere, sizeof(unknown)));
    expect(write(fd, &virq.port, sizeof(virq.port)) == sizeof(virq.port)); // armed already
    expect(port_ioctl(fd, LINTEL_IOCTL_PORT_CLOSE, 0, 0, virq.port, 0) == 0);
    expect_errno(ENOENT, write(fd, &virq.port, sizeof(virq.port)));
}

// Only root may open it.
void refuse_strangers(void)
{
    int status;

    if (fork() == 0) {
        if (setuid(1000))
            die("setuid");
        expect_errno(EACCES, open("/dev/lintel", O_RDWR));
        exit(unmet() != 0);
    }
    expect(wait(&status) > 0 && status == 0);
}
