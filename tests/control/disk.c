// SPDX-License-Identifier: Apache-2.0
// The backend of a disk, as small as it can be: a file, one thread, and I/O that is done at once. It can be told to do
// what no backend may.
#define _GNU_SOURCE
#include "disk.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUEUES 2u
#define POOL_PAGES 64u
#define ORDER 4u
#define RING_SLOTS (1u << ORDER)
#define FEATURES (LINTEL_BLOCK_FEATURE_FUA | LINTEL_BLOCK_FEATURE_DISCARD | LINTEL_BLOCK_FEATURE_ZEROES)

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
    unsigned done[LINTEL_BLOCK_ZEROES + 1], stable; // requests by kind; writes with FUA
};

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

static void set_state(struct disk* disk, uint32_t state)
{
    disk->state = state;
    __atomic_store_n(&disk->page->backend_state, state, __ATOMIC_RELEASE);
    news(disk);
}

struct offer {
    uint32_t queues, ring_order;
    struct lintel_block_config config;
};

static void offer_this(struct disk* disk, const struct offer* offer)
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
    set_state(disk, LINTEL_STATE_READY);
}

static void offer(struct disk* disk)
{
    offer_this(disk, &(struct offer){QUEUES, ORDER, disk->config});
}

static uint64_t size_of(int file)
{
    struct stat status;

    if (fstat(file, &status))
        die("the size of a disk");
    return status.st_size;
}

static void free_pool(struct disk* disk)
{
    close(disk->grants);
    munmap(disk->pool, QUEUES * (POOL_PAGES + 1) * PAGE);
}

struct disk* disk_new(struct domain* domain, const char* image)
{
    static struct disk disk;
    static const char name[] = "vda";

    disk = (struct disk){.domain = domain, .page = domain_disk(domain), .file = open(image, O_RDWR)};
    if (disk.file < 0)
        die(image);
    disk.config = (struct lintel_block_config){
        .bytes = size_of(disk.file),
        .sector_bytes = 512,
        .most_bytes = LINTEL_BLOCK_LEAST_BYTES,
        .most_erased = 1 << 30,
        .erase_bytes = PAGE,
        .pool_pages = POOL_PAGES,
    };
    make_pool(&disk);
    disk.device = control_open(0);
    confine(disk.device, domain->number);

    memcpy((void*)disk.page->name, name, sizeof(name));
    disk.page->version = LINTEL_BLOCK_VERSION;
    disk.page->backend = 0;
    disk.page->removed = 0;
    __atomic_store_n(&disk.page->device_class, LINTEL_DEVICE_BLOCK, __ATOMIC_RELEASE);
    offer(&disk);
    return &disk;
}

// --- a connection ---

static void map_ring(struct disk* disk, struct ring* ring, const volatile uint32_t* refs, uint64_t bytes)
{
    uint32_t copy[8];
    struct lintel_ioctl_map_grants map = {
        .domain = disk->domain->number,
        .refs = (uintptr_t)copy,
        .count = (bytes + PAGE - 1) / PAGE,
    };

    for (unsigned i = 0; i < map.count; i++)
        copy[i] = refs[i];
    if (control_ioctl(disk->device, LINTEL_IOCTL_MAP_GRANTS, &map))
        die("map a ring");
    ring->offset = map.offset;
    ring->bytes = map.count * PAGE;
    ring->memory = mmap(NULL, ring->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, disk->device, map.offset);
    if (ring->memory == MAP_FAILED)
        die("mmap of a ring");
}

static void unmap_ring(struct disk* disk, struct ring* ring)
{
    munmap(ring->memory, ring->bytes);
    expect(control_ioctl(disk->device, LINTEL_IOCTL_UNMAP, &(struct lintel_ioctl_unmap){ring->offset}) == 0);
}

static void connect_disk(struct disk* disk)
{
    disk->queues = disk->page->chosen_queues;
    expect(disk->queues >= 1 && disk->queues <= QUEUES);
    expect((disk->page->chosen_features & ~FEATURES) == 0);
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
    set_state(disk, LINTEL_STATE_CONNECTED);
}

static void let_go(struct disk* disk)
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

// --- requests ---

// What the ABI forbids the frontend: the test fails then, and the frontend is told.
static int impossible(const struct lintel_block_request* request)
{
    const uint64_t data = request->operation <= LINTEL_BLOCK_WRITE ? request->bytes : 0;

    return request->flags & LINTEL_BLOCK_DIRECT || request->place + data > POOL_PAGES * PAGE || request->place % 512 ||
           request->offset % 512 || request->bytes % 512 || request->pages || request->list || request->reserved ||
           (request->bytes == 0) != (request->operation == LINTEL_BLOCK_FLUSH);
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
    if (request->offset + request->bytes > size_of(disk->file))
        return LINTEL_BLOCK_RANGE;
    if (request->operation == LINTEL_BLOCK_READ)
        done = pread(disk->file, place, bytes, request->offset);
    else if (request->operation == LINTEL_BLOCK_WRITE)
        done = pwrite(disk->file, place, bytes, request->offset);
    else if (request->operation != LINTEL_BLOCK_FLUSH)
        done = bytes + fallocate(disk->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, request->offset, bytes);
    return done == bytes ? LINTEL_BLOCK_DONE : LINTEL_BLOCK_ERROR;
}

static void answer(struct queue* queue, uint32_t id, uint32_t status)
{
    struct lintel_block_completion completion = {.id = id, .status = status};

    expect(lintel_ring_put(&queue->answers, &completion, sizeof(completion)) == 1);
}

// Once; then it is good again.
static void do_mischief(struct disk* disk, struct queue* queue, uint32_t id)
{
    switch (disk->mischief) {
    case DISK_TWICE:
        answer(queue, id, LINTEL_BLOCK_DONE);
        break;
    case DISK_WRONG_ID:
        answer(queue, 0xffffffff, LINTEL_BLOCK_DONE);
        break;
    case DISK_OTHER_ID:
        answer(queue, (id + 1) % RING_SLOTS, LINTEL_BLOCK_DONE);
        break;
    case DISK_LAP:
        memset((char*)queue->completion.memory + LINTEL_RING_HEADER, 0x77, sizeof(struct lintel_block_completion) << ORDER);
        break;
    case DISK_CONSUMED:
        queue->requests.end.next += 3 * RING_SLOTS;
        break;
    default:
        break;
    }
    disk->mischief = DISK_GOOD;
}

static void notify(const struct disk* disk, const struct queue* queue)
{
    expect(control_ioctl(disk->device, LINTEL_IOCTL_PORT_SEND,
                         &(struct lintel_ioctl_port){.port = queue->port}) == 0);
}

static void serve_queue(struct disk* disk, unsigned number)
{
    struct queue* queue = &disk->queue[number];
    struct lintel_block_request request;
    int notice;

    do {
        while (lintel_ring_take(&queue->requests, &request, sizeof(request)) == 1) {
            answer(queue, request.id,
                   disk->mischief == DISK_STATUS ? 0xffff : perform(disk, number, &request));
            do_mischief(disk, queue, request.id);
        }
        notice = lintel_ring_release(&queue->requests);
        notice |= lintel_ring_publish(&queue->answers);
        if (notice)
            notify(disk, queue);
    } while (lintel_ring_await_items(&queue->requests, 1) > 0);
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
            serve_queue(disk, i);
    if (disk->state == LINTEL_STATE_CONNECTED && frontend != LINTEL_STATE_READY &&
        frontend != LINTEL_STATE_CONNECTED) {
        printf("\ndisk: the frontend is in state %u\n", frontend);
        let_go(disk);
        set_state(disk, LINTEL_STATE_ABSENT);
        if (!disk->page->removed)
            offer(disk);
    }
}

void disk_replace(struct disk* disk)
{
    disk->mischief = DISK_GOOD;
    let_go(disk);
    disk->config.bytes = size_of(disk->file);
    set_state(disk, LINTEL_STATE_ABSENT);
    offer(disk);
}

// The guest still has the old pool then.
void disk_replace_pool(struct disk* disk)
{
    free_pool(disk);
    make_pool(disk);
    disk_replace(disk);
}

#define IMPOSSIBLE(change)                                                 \
    do {                                                                   \
        struct offer bad = {QUEUES, ORDER, disk->config};                  \
        change;                                                            \
        offer_this(disk, &bad);                                            \
        usleep(200000);                                                    \
        expect(disk->page->seen_generation != disk->page->generation);     \
    } while (0)

void disk_offer_badly(struct disk* disk)
{
    let_go(disk);
    set_state(disk, LINTEL_STATE_ABSENT);
    IMPOSSIBLE(bad.queues = 0);
    IMPOSSIBLE(bad.queues = 17);
    IMPOSSIBLE(bad.ring_order = LINTEL_BLOCK_RING_ORDER + 1);
    IMPOSSIBLE(bad.config.bytes = 0);
    IMPOSSIBLE(bad.config.bytes += 1);
    IMPOSSIBLE(bad.config.bytes = 1ull << 63);
    IMPOSSIBLE(bad.config.flags = 2);
    IMPOSSIBLE(bad.config.sector_bytes = 0);
    IMPOSSIBLE(bad.config.sector_bytes = 1024);
    IMPOSSIBLE(bad.config.most_bytes = PAGE);
    IMPOSSIBLE(bad.config.most_erased = 1);
    IMPOSSIBLE(bad.config.erase_bytes = 0);
    IMPOSSIBLE(bad.config.pool_pages = 0);
    IMPOSSIBLE(bad.config.pool_pages = LINTEL_BLOCK_POOL_PAGES + 1);
    // Possible, but not after what was offered before.
    IMPOSSIBLE(bad.config.sector_bytes = 4096);
    IMPOSSIBLE(bad.config.pool_pages = POOL_PAGES / 2);
    IMPOSSIBLE(bad.ring_order = ORDER - 1);
    // Nothing is granted there, or not for writing.
    IMPOSSIBLE(bad.config.pool_list[0] = 0);
    IMPOSSIBLE(bad.config.pool_list[0] = ~0u);
    memcpy(disk->pool, &disk->lists, sizeof(disk->lists)); // pages that are granted read-only
    IMPOSSIBLE((bad.config.pool_pages = POOL_PAGES, bad.config.pool_list[0] = disk->first));
    offer(disk);
}

void disk_misbehave(struct disk* disk, enum disk_mischief how)
{
    disk->mischief = how;
}

void disk_remove(struct disk* disk)
{
    disk->page->removed = 1;
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
    let_go(disk);
    close(disk->device);
    free_pool(disk);
    close(disk->file);
}
