// SPDX-License-Identifier: Apache-2.0
// A domain made by hand: RAM, a kernel entered by PVH, a device area with a console.
#include "control.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lintel/console.h>
#include <lintel/status.h>

#define SHARED_GPA 0xf0000000ull
#define FOREIGN_GPA 0x140000000ull
#define FOREIGN_FRAMES 256u
#define START_BYTES 0x10000ull // at the end of RAM
#define START_MAGIC 0x336ec578u
#define NOTE_ENTRY 18

struct start_info {
    uint32_t magic, version, flags, modules;
    uint64_t module_list, command_line, rsdp, memory_map;
    uint32_t memory_entries, reserved;
};

struct module {
    uint64_t address, bytes, command_line, reserved;
};

struct memory {
    uint64_t address, bytes;
    uint32_t type, reserved;
};

// What lies in the last pages of RAM.
struct start_page {
    struct start_info info;
    struct module module;
    struct memory memory[3];
    char command_line[1024];
};

struct file {
    const unsigned char* data;
    uint64_t bytes;
};

static struct file file_map(const char* name)
{
    int fd = open(name, O_RDONLY);
    struct stat status;
    void* data;

    if (fd < 0 || fstat(fd, &status))
        die(name);
    data = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        die(name);
    close(fd);
    return (struct file){data, status.st_size};
}

static void populate(const struct domain* domain, uint64_t gpa, uint64_t frames)
{
    while (frames) {
        int64_t done = control_call(domain->fd, LINTEL_HC_domain_populate, domain->number, gpa, frames);

        if (done <= 0) {
            errno = -done;
            die("domain_populate");
        }
        gpa += done * PAGE;
        frames -= done;
    }
}

volatile struct lintel_device* domain_console(const struct domain* domain, unsigned index)
{
    return (volatile void*)(domain->devices + (1 + index) * PAGE);
}

volatile struct lintel_device* domain_disk(const struct domain* domain)
{
    return (volatile void*)(domain->devices + DISK_SLOT * PAGE);
}

unsigned char* domain_console_rings(const struct domain* domain, unsigned index)
{
    return domain->devices + (1 + SLOTS + 2 * index) * PAGE;
}

// A port of the guest, and dom0's end of it.
static uint32_t connect_port(const struct domain* domain, uint32_t* own)
{
    int64_t port = control_call(domain->fd, LINTEL_HC_event_alloc, domain->number, 0, 0);

    expect(port > 0);
    *own = control_bind(domain->fd, domain->number, port);
    return port;
}

void domain_add_console(struct domain* domain, unsigned index, uint32_t backend_state)
{
    volatile struct lintel_device* console = domain_console(domain, index);

    console->version = LINTEL_CONSOLE_VERSION;
    console->name[0] = 'c';
    console->name[1] = '0' + index;
    console->ring_gpa = DEVICES_GPA + (domain_console_rings(domain, index) - domain->devices);
    console->port = connect_port(domain, &domain->console_ports[index]);
    console->backend_state = backend_state;
    __atomic_store_n(&console->device_class, LINTEL_DEVICE_CONSOLE, __ATOMIC_RELEASE);
}

static void make_directory(struct domain* domain)
{
    struct lintel_device_directory* directory;

    domain->devices = control_map(domain->fd, domain->number, DEVICES_GPA, DEVICE_PAGES * PAGE, 0, NULL);
    directory = (void*)domain->devices;
    directory->magic = LINTEL_DEVICE_MAGIC;
    directory->version = 1;
    directory->slots = SLOTS;
    directory->port = connect_port(domain, &domain->news_port);
}

struct domain domain_new(int fd, uint64_t mebibytes, unsigned vcpus)
{
    struct domain domain = {.fd = fd, .bytes = mebibytes << 20};
    struct lintel_domain_create create = {
        .vcpus = vcpus,
        .event_ports = 256,
        .grant_entries = 512,
        .mappings = FOREIGN_FRAMES,
        .max_frames = domain.bytes / PAGE + DEVICE_PAGES,
        .shared_gpa = SHARED_GPA,
        .devices_gpa = DEVICES_GPA,
        .devices = DEVICE_PAGES,
        .foreign_gpa = FOREIGN_GPA,
        .foreign_frames = FOREIGN_FRAMES,
    };
    int64_t number = control_call_with(fd, LINTEL_HC_domain_create, 0, 0, &create, sizeof(create));

    if (number <= 0) {
        errno = -number;
        die("domain_create");
    }
    domain.number = number;
    populate(&domain, 0, domain.bytes / PAGE);
    populate(&domain, DEVICES_GPA, DEVICE_PAGES);
    make_directory(&domain);
    return domain;
}

static void put(const struct domain* domain, uint64_t gpa, const void* data, uint64_t bytes)
{
    uint64_t within = gpa % PAGE, offset;
    struct lintel_ioctl_unmap unmap;
    unsigned char* place;

    if (!bytes)
        return;
    place = control_map(domain->fd, domain->number, gpa - within, within + bytes, 0, &offset);
    memcpy(place + within, data, bytes);
    munmap(place, (within + bytes + PAGE - 1) / PAGE * PAGE);
    unmap.offset = offset;
    expect(control_ioctl(domain->fd, LINTEL_IOCTL_UNMAP, &unmap) == 0);
}

// The entry of PVH, from the note that Xen defined.
static uint32_t entry_of(const unsigned char* notes, uint64_t bytes)
{
    uint64_t at = 0;

    while (at + sizeof(Elf64_Nhdr) <= bytes) {
        const Elf64_Nhdr* note = (const void*)(notes + at);
        uint64_t content = at + sizeof(*note) + (note->n_namesz + 3) / 4 * 4;

        if (note->n_type == NOTE_ENTRY && note->n_namesz == 4 && memcmp(note + 1, "Xen", 4) == 0)
            return *(const uint32_t*)(notes + content);
        at = content + (note->n_descsz + 3) / 4 * 4;
    }
    return 0;
}

static uint32_t load_kernel(const struct domain* domain, struct file kernel)
{
    const Elf64_Ehdr* header = (const void*)kernel.data;
    const Elf64_Phdr* segment = (const void*)(kernel.data + header->e_phoff);
    uint32_t entry = 0;

    for (int i = 0; i < header->e_phnum; i++, segment++) {
        if (segment->p_type == PT_LOAD)
            put(domain, segment->p_paddr, kernel.data + segment->p_offset, segment->p_filesz);
        if (segment->p_type == PT_NOTE && !entry)
            entry = entry_of(kernel.data + segment->p_offset, segment->p_filesz);
    }
    return entry;
}

void domain_load(struct domain* domain, const char* kernel, const char* initramfs, const char* command_line)
{
    struct file ramdisk = initramfs ? file_map(initramfs) : (struct file){0};
    uint64_t start_gpa = domain->bytes - START_BYTES;
    uint64_t ramdisk_gpa = (start_gpa - ramdisk.bytes) / PAGE * PAGE;
    struct lintel_domain_start start = {.entry = load_kernel(domain, file_map(kernel)), .start_info = start_gpa};
    struct start_page page = {
        .info = {
            .magic = START_MAGIC,
            .version = 1,
            .modules = initramfs != NULL,
            .module_list = start_gpa + offsetof(struct start_page, module),
            .command_line = start_gpa + offsetof(struct start_page, command_line),
            .memory_map = start_gpa + offsetof(struct start_page, memory),
            .memory_entries = 3,
        },
        .module = {.address = ramdisk_gpa, .bytes = ramdisk.bytes},
        .memory = {
            {0, start_gpa, 1, 0},
            {start_gpa, START_BYTES, 3, 0},
            {SHARED_GPA, DEVICES_GPA + DEVICE_PAGES * PAGE - SHARED_GPA, 2, 0},
        },
    };

    strncpy(page.command_line, command_line, sizeof(page.command_line) - 1);
    put(domain, ramdisk_gpa, ramdisk.data, ramdisk.bytes);
    put(domain, start_gpa, &page, sizeof(page));
    expect(control_call_with(domain->fd, LINTEL_HC_domain_start, domain->number, 1, &start, sizeof(start)) == 0);
}

struct lintel_domain_info domain_describe(const struct domain* domain)
{
    struct lintel_domain_info info = {0};

    expect(control_call_with(domain->fd, LINTEL_HC_domain_info, domain->number, 1, &info, sizeof(info)) == 0);
    return info;
}

int64_t domain_end(int fd, uint64_t number)
{
    int64_t result;

    for (int tries = 0; tries < 100000; tries++) {
        result = control_call(fd, LINTEL_HC_domain_destroy, number, 0, 0);
        if (result <= 0)
            break;
    }
    return result;
}
