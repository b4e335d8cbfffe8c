// SPDX-License-Identifier: Apache-2.0
#include "front.h"

#include "grant.h"
#include "paging.h"
#include "result.h"
#include "sleep.h"
#include "upcall.h"

#define DOM0 0u
#define FIRST_REF 16u

static uint8_t rings[FRONTS][2][SMALL_PAGE] __attribute__((aligned(4096)));
static struct front fronts[FRONTS];

const volatile struct lintel_device_directory* directory(void)
{
    return (const volatile struct lintel_device_directory*)info->devices_gpa;
}

volatile struct lintel_device* device(uint32_t slot)
{
    return (volatile struct lintel_device*)(info->devices_gpa + slot * SMALL_PAGE);
}

struct front* front(unsigned number)
{
    struct front* const found = &fronts[number];
    unsigned disks = 0;
    for (uint32_t slot = 1; found->page == NULL && slot <= directory()->slots; ++slot)
        if (device(slot)->device_class == LINTEL_DEVICE_BLOCK && disks++ == number)
            found->page = device(slot);
    if (found->page == NULL)
        error("there is no disk %u", number);
    found->submission = rings[number][0];
    found->completion = rings[number][1];
    found->first_ref = FIRST_REF + 2 * number;
    return found;
}

// --- states ---

void front_tell(const struct front* front)
{
    (void)front;
    event_send(directory()->port);
}

void front_notify(const struct front* front)
{
    event_send(front->port);
}

static void set_state(struct front* front, uint32_t state)
{
    __atomic_store_n(&front->page->frontend_state, state, __ATOMIC_SEQ_CST);
    front_tell(front);
}

static uint32_t backend_state(const struct front* front)
{
    return __atomic_load_n(&front->page->backend_state, __ATOMIC_ACQUIRE);
}

void front_await(struct front* front, uint32_t state, const char* why)
{
    const uint64_t end = system_time() + FRONT_NOTICE;
    while (backend_state(front) != state) {
        if (system_time() > end)
            failure("%s: the backend is in state %u, not %u", why, backend_state(front), state);
        sleep_for(2 * MILLISECOND);
    }
}

static void await_offer(struct front* front)
{
    const uint64_t end = system_time() + FRONT_PATIENCE;
    while (backend_state(front) != LINTEL_STATE_READY ||
           front->page->generation == front->generation) {
        if (system_time() > end)
            failure("no new offer: state %u, generation %u", backend_state(front),
                    front->page->generation);
        sleep_for(2 * MILLISECOND);
    }
}

struct lintel_device front_prepare(struct front* front)
{
    struct lintel_device answer = {0};
    await_offer(front);
    front->generation = front->page->generation;
    for (unsigned i = 0; i < sizeof front->config / 8; ++i)
        ((uint64_t*)&front->config)[i] = front->page->config[i];
    expect_equal(front->config.pool_pages, FRONT_POOL_PAGES);

    lintel_ring_init(front->submission, sizeof(struct lintel_block_request), FRONT_ORDER);
    lintel_ring_init(front->completion, sizeof(struct lintel_block_completion), FRONT_ORDER);
    expect_equal(lintel_ring_attach_producer(&front->requests, front->submission,
                                             sizeof(struct lintel_block_request), FRONT_ORDER),
                 0);
    expect_equal(lintel_ring_attach_consumer(&front->answers, front->completion,
                                             sizeof(struct lintel_block_completion), FRONT_ORDER),
                 0);
    grant(front->first_ref, (uintptr_t)front->submission, DOM0, true);
    grant(front->first_ref + 1, (uintptr_t)front->completion, DOM0, true);
    const int64_t port = event_alloc(LINTEL_DOMAIN_SELF, DOM0);
    if (port <= 0)
        failure("event_alloc gives %ld", port);
    front->port = (uint32_t)port;

    answer.seen_generation = front->generation;
    answer.chosen_queues = 1;
    answer.queue[0].port = front->port;
    answer.queue[0].ring_order = FRONT_ORDER;
    answer.queue[0].submission[0] = front->first_ref;
    answer.queue[0].completion[0] = front->first_ref + 1;
    return answer;
}

void front_answer(struct front* front, const struct lintel_device* answer)
{
    volatile struct lintel_device* const page = front->page;
    __atomic_store_n(&page->frontend_state, LINTEL_STATE_ABSENT, __ATOMIC_SEQ_CST);
    __atomic_store_n(&page->seen_generation, answer->seen_generation, __ATOMIC_SEQ_CST);
    page->chosen_features = answer->chosen_features;
    page->chosen_queues = answer->chosen_queues;
    for (unsigned i = 0; i < LINTEL_DEVICE_QUEUES; ++i)
        page->queue[i] = answer->queue[i];
    set_state(front, LINTEL_STATE_READY);
}

void front_connect_with(struct front* front, uint64_t features)
{
    struct lintel_device answer = front_prepare(front);
    answer.chosen_features = features;
    front_answer(front, &answer);
    front_await(front, LINTEL_STATE_CONNECTED, "a good answer");
    set_state(front, LINTEL_STATE_CONNECTED);
}

void front_connect(struct front* front)
{
    front_connect_with(front, 0);
}

// The backend has let go when it makes an offer, and soon after it has failed.
void front_take_back(uint32_t ref)
{
    const uint64_t end = system_time() + FRONT_PATIENCE;
    grant_clear(ref);
    while (grant_revoke(ref) != 0) {
        if (system_time() > end)
            failure("the backend keeps the page of reference %u", ref);
        sleep_for(2 * MILLISECOND);
    }
}

void front_leave(struct front* front)
{
    set_state(front, LINTEL_STATE_ABSENT);
    front_take_back(front->first_ref);
    front_take_back(front->first_ref + 1);
    expect_equal(event_close(front->port), 0);
}

// --- requests ---

bool front_put(struct front* front, const struct lintel_block_request* request)
{
    if (lintel_ring_put(&front->requests, request, sizeof *request) != 1)
        return false;
    if (lintel_ring_publish(&front->requests) > 0)
        front_notify(front);
    return true;
}

bool front_take(struct front* front, struct lintel_block_completion* answer)
{
    const bool taken = lintel_ring_take(&front->answers, answer, sizeof *answer) == 1;
    if (lintel_ring_release(&front->answers) > 0)
        front_notify(front);
    return taken;
}

uint32_t front_do(struct front* front, struct lintel_block_request request)
{
    struct lintel_block_completion answer;
    const uint64_t end = system_time() + FRONT_PATIENCE;
    expect(front_put(front, &request));
    while (!front_take(front, &answer)) {
        if (system_time() > end)
            failure("no answer to an operation %u", request.operation);
        if (lintel_ring_await_items(&front->answers, 1) == 0)
            sleep_for(2 * MILLISECOND);
    }
    expect_equal(answer.id, request.id);
    return answer.status;
}

// --- the pool ---

void front_map_pool(struct front* front)
{
    const unsigned number = (unsigned)(front - fronts);
    const uint64_t pages = FRONT_POOL_PAGES;
    const uint64_t gpa = info->foreign_gpa + number * (pages + 1) * SMALL_PAGE;
    const uint64_t at = FREE_VIRTUAL + number * LARGE_PAGE;
    const uint32_t list_handle =
        must_map(DOM0, front->config.pool_list[0], LINTEL_GRANT_READONLY, gpa).handle;
    volatile const uint32_t* const list = map_small(at, gpa, 0);
    for (unsigned i = 0; i < pages; ++i) {
        const uint64_t page = (i + 1) * SMALL_PAGE;
        front->handle[i] = must_map(DOM0, list[i], 0, gpa + page).handle;
        map_small(at + page, gpa + page, PAGE_WRITABLE);
    }
    expect_equal(unmap_one(list_handle), 0);
    front->pool = (volatile uint64_t*)(at + SMALL_PAGE);
}

void front_unmap_pool(struct front* front)
{
    for (unsigned i = 0; i < FRONT_POOL_PAGES; ++i)
        expect_equal(unmap_one(front->handle[i]), 0);
    front->pool = NULL;
}
