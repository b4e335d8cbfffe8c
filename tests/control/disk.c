// SPDX-License-Identifier: Apache-2.0
// The backend of a disk, as small as it can be: its memory, its states, its connection.
#define _GNU_SOURCE
#include "disk_parts.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// --- what it has to offer ---

static void grant(struct disk* disk, unsigned first, unsigned count, uint32_t flags, uint32_t* refs)
{
    struct lintel_ioctl_grant grant = {
        .domain = disk->domain->number,
        .flags = flags,
        .address = (uintptr_t)disk->pool + first * PAGE,
        .count = count,
        .refs = (uintptr_t)refs,
    };

    if (control_ioctl(disk->grants, LINTEL_IOCTL_GRANT, &grant))
        die("grant a pool");
}

static void confine(int fd, uint64_t domain)
{
    struct lintel_ioctl_confine confine = {.domain = domain};

    expect(control_ioctl(fd, LINTEL_IOCTL_CONFINE, &confine) == 0);
}

static void make_pool(struct disk* disk)
{
    const uint64_t pages = QUEUES * (POOL_PAGES + 1);
    int memory = memfd_create("pool", 0);

    if (memory < 0 || ftruncate(memory, pages * PAGE))
        die("a pool");
    disk->pool = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (disk->pool == MAP_FAILED)
        die("mmap of a pool");
    close(memory);

    disk->grants = control_open(0);
    for (unsigned i = 0; i < QUEUES; i++) {
        uint32_t* list = (uint32_t*)(disk->pool + (QUEUES * POOL_PAGES + i) * PAGE);

        grant(disk, i * POOL_PAGES, POOL_PAGES, 0, list);
        disk->first = i == 0 ? list[0] : disk->first;
        grant(disk, QUEUES * POOL_PAGES + i, 1, LINTEL_GRANT_READONLY, &disk->lists[i]);
    }
    confine(disk->grants, disk->domain->number);
    memcpy(disk->config.pool_list, disk->lists, sizeof(disk->lists));
}

static void news(const struct disk* disk)
{
    struct lintel_ioctl_port port = {.port = disk->domain->news_port};

    expect(control_ioctl(disk->domain->fd, LINTEL_IOCTL_PORT_SEND, &port) == 0);
}

void disk_set_state(struct disk* disk, uint32_t state)
{
    disk->state = state;
    __atomic_store_n(&disk->page->backend_state, state, __ATOMIC_RELEASE);
    news(disk);
}

void disk_offer_this(struct disk* disk, const struct offer* offer)
{
    volatile struct lintel_device* page = disk->page;
    uint64_t words[32];

    memcpy(words, &offer->config, sizeof(words));
    page->backend_state = LINTEL_STATE_ABSENT;
    page->generation = page->generation + 1;
    page->features = FEATURES;
    page->queues = offer->queues;
    page->ring_order = offer->ring_order;
    for (unsigned i = 0; i < 32; i++)
        page->config[i] = words[i];
    disk_set_state(disk, LINTEL_STATE_READY);
}

void disk_offer(struct disk* disk)
{
    disk_offer_this(disk, &(struct offer){QUEUES, ORDER, disk->config});
}

static void free_pool(struct disk* disk)
{
    close(disk->grants);
    munmap(disk->pool, QUEUES * (POOL_PAGES + 1) * PAGE);
}

struct disk* disk_new(struct domain* domain, const char* image, uint32_t version)
{
    static struct disk disk;
    static const char name[] = "vda";

    disk = (struct disk){.domain = domain, .page = domain_disk(domain), .file = open(image, O_RDWR)};
    if (disk.file < 0)
        die(image);
    disk.config = (struct lintel_block_config){
        .bytes = disk_bytes(&disk),
        .sector_bytes = 512,
        .most_bytes = LINTEL_BLOCK_LEAST_BYTES,
        .most_pages = MOST_PAGES,
        .most_erased = 1 << 30,
        .erase_bytes = PAGE,
        .direct_bytes = 0xffffffff,
        .pool_pages = POOL_PAGES,
    };
    make_pool(&disk);
    disk.device = control_open(0);
    confine(disk.device, domain->number);

    memcpy((void*)disk.page->name, name, sizeof(name));
    disk.page->version = version;
    disk.page->backend = 0;
    disk.page->removed = 0;
    __atomic_store_n(&disk.page->device_class, LINTEL_DEVICE_BLOCK, __ATOMIC_RELEASE);
    disk_offer(&disk);
    return &disk;
}

// --- a connection ---

static void map_ring(struct disk* disk, struct ring* ring, const volatile uint32_t* refs, uint64_t bytes)
{
    const unsigned pages = (bytes + PAGE - 1) / PAGE;
    uint32_t copy[8];

    for (unsigned i = 0; i < pages; i++)
        copy[i] = refs[i];
    ring->bytes = pages * PAGE;
    ring->memory = control_map_grants(disk->device, disk->domain->number, copy, pages, 0, &ring->offset);
}

static void unmap_ring(struct disk* disk, struct ring* ring)
{
    control_unmap(disk->device, ring->memory, ring->bytes, ring->offset);
}

static void connect_disk(struct disk* disk)
{
    disk->queues = disk->page->chosen_queues;
    expect(disk->queues >= 1 && disk->queues <= QUEUES);
    expect((disk->page->chosen_features & ~FEATURES) == 0);
    disk_check_pins(disk, disk->page->queue[0].submission[0]);
    for (unsigned i = 0; i < disk->queues; i++) {
        volatile struct lintel_device_queue* said = &disk->page->queue[i];
        struct queue* queue = &disk->queue[i];

        expect(said->ring_order == ORDER);
        map_ring(disk, &queue->submission, said->submission,
                 LINTEL_RING_BYTES(sizeof(struct lintel_block_request), ORDER));
        map_ring(disk, &queue->completion, said->completion,
                 LINTEL_RING_BYTES(sizeof(struct lintel_block_completion), ORDER));
        expect(lintel_ring_attach_consumer(&queue->requests, queue->submission.memory,
                                           sizeof(struct lintel_block_request), ORDER) == 0);
        expect(lintel_ring_attach_producer(&queue->answers, queue->completion.memory,
                                           sizeof(struct lintel_block_completion), ORDER) == 0);
        queue->port = control_bind(disk->device, disk->domain->number, said->port);
    }
    disk_set_state(disk, LINTEL_STATE_CONNECTED);
}

void disk_let_go(struct disk* disk)
{
    for (unsigned i = 0; i < disk->queues; i++) {
        struct queue* queue = &disk->queue[i];

        unmap_ring(disk, &queue->submission);
        unmap_ring(disk, &queue->completion);
        expect(control_ioctl(disk->device, LINTEL_IOCTL_PORT_CLOSE,
                             &(struct lintel_ioctl_port){.port = queue->port}) == 0);
    }
    disk->queues = 0;
}

// --- states ---

static uint32_t frontend_state(const struct disk* disk)
{
    uint32_t seen = __atomic_load_n(&disk->page->seen_generation, __ATOMIC_ACQUIRE);

    return seen == disk->page->generation ? __atomic_load_n(&disk->page->frontend_state, __ATOMIC_ACQUIRE)
                                          : LINTEL_STATE_ABSENT;
}

void disk_serve(struct disk* disk)
{
    uint32_t frontend = frontend_state(disk);

    if (disk->state == LINTEL_STATE_READY && frontend == LINTEL_STATE_READY)
        connect_disk(disk);
    if (disk->state == LINTEL_STATE_CONNECTED && disk->mischief != DISK_SILENT)
        for (unsigned i = 0; i < disk->queues; i++)
            disk_serve_queue(disk, i);
    if (disk->state == LINTEL_STATE_CONNECTED && frontend != LINTEL_STATE_READY &&
        frontend != LINTEL_STATE_CONNECTED) {
        printf("\ndisk: the frontend is in state %u\n", frontend);
        disk_left(disk, frontend);
        disk_let_go(disk);
        disk_set_state(disk, LINTEL_STATE_ABSENT);
        if (!disk->page->removed)
            disk_offer(disk);
    }
    if (disk_overlooked(disk))
        disk_replace(disk); // so that the guest can go on
}

void disk_replace(struct disk* disk)
{
    disk->mischief = DISK_GOOD;
    disk_let_go(disk);
    disk->config.bytes = disk_bytes(disk);
    disk_set_state(disk, LINTEL_STATE_ABSENT);
    disk_offer(disk);
}

// The guest still has the old pool then.
void disk_replace_pool(struct disk* disk)
{
    free_pool(disk);
    make_pool(disk);
    disk_replace(disk);
}

void disk_misbehave(struct disk* disk, enum disk_mischief how)
{
    disk->mischief = how;
}

void disk_remove(struct disk* disk)
{
    disk->page->removed = 1;
    if (disk->state == LINTEL_STATE_CONNECTED)
        disk_await_end(disk);
    news(disk);
}

int disk_device(const struct disk* disk)
{
    return disk->device;
}

void disk_end(struct disk* disk)
{
    printf("\ndisk: %u reads, %u writes, %u stable, %u flushes, %u discards, %u zeroes\n",
           disk->done[LINTEL_BLOCK_READ], disk->done[LINTEL_BLOCK_WRITE], disk->stable,
           disk->done[LINTEL_BLOCK_FLUSH], disk->done[LINTEL_BLOCK_DISCARD], disk->done[LINTEL_BLOCK_ZEROES]);
    disk_kill_keepers();
    disk_let_go(disk);
    close(disk->device);
    free_pool(disk);
    close(disk->file);
}
