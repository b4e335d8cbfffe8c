/* SPDX-License-Identifier: Apache-2.0 */
/* Xen's ring: public/io/ring.h of the package libxen-dev, used as blkfront and blkback use it. */
#include <string.h>

#define xen_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#define __XEN_INTERFACE_VERSION__ 0x00040400 /* barriers have the names above */
#include <xen/io/ring.h>
#include <xen/xen-compat.h>

#include "tokens.h"

struct xen_request {
    uint64_t address;
    uint32_t length;
    uint32_t id;
};

struct xen_response {
    uint32_t id;
    uint32_t result;
};

DEFINE_RING_TYPES(bench, struct xen_request, struct xen_response);

static struct {
    ALONE bench_front_ring_t ring;
    RING_IDX seen; /* responses */
} front;

static struct {
    ALONE bench_back_ring_t ring;
    RING_IDX seen; /* requests */
} back;

static void ring_create(unsigned size)
{
    size_t bytes = 64 + size * sizeof(union bench_sring_entry);
    bench_sring_t *shared = aligned_alloc(4096, (bytes + 4095) & ~(size_t)4095);

    require(shared != NULL, "no memory");
    memset(shared, 0, bytes);
    tokens_create(size);
    XEN_FRONT_RING_INIT(&front.ring, shared, bytes);
    BACK_RING_INIT(&back.ring, shared, bytes);
    require(RING_SIZE(&front.ring) == size, "another size");
}

static inline RING_IDX load(const RING_IDX *index)
{
    return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

static inline bool client_submit(const struct request *request)
{
    struct xen_request *slot = RING_GET_REQUEST(&front.ring, front.ring.req_prod_pvt);

    if (RING_FULL(&front.ring))
        return false;
    slot->address = request->address;
    slot->length = request->length;
    slot->id = token_take(request->address);
    front.ring.req_prod_pvt++;
    return true;
}

static inline void client_publish(void)
{
    int wanted = 0;

    if (mode == MODE_BARE)
        RING_PUSH_REQUESTS(&front.ring);
    else
        RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&front.ring, wanted);
    if (wanted)
        wake_server();
}

static inline bool client_reap(struct completion *completion)
{
    struct xen_response response;

    if (front.ring.rsp_cons == front.seen)
        front.seen = load(&front.ring.sring->rsp_prod);
    if (front.ring.rsp_cons == front.seen || RING_RESPONSE_PROD_OVERFLOW(&front.ring, front.seen))
        return false;
    RING_COPY_RESPONSE(&front.ring, front.ring.rsp_cons, &response);
    front.ring.rsp_cons++;
    completion->address = token_give(response.id);
    completion->result = response.result;
    return true;
}

static inline void client_reaped(void) {}

static inline bool client_await(void)
{
    int more;

    RING_FINAL_CHECK_FOR_RESPONSES(&front.ring, more);
    return !more;
}

static inline bool server_serve(void)
{
    struct xen_request request;
    struct xen_response *response;

    if (back.ring.req_cons == back.seen)
        back.seen = load(&back.ring.sring->req_prod);
    if (back.ring.req_cons == back.seen || RING_REQUEST_PROD_OVERFLOW(&back.ring, back.seen))
        return false;
    RING_COPY_REQUEST(&back.ring, back.ring.req_cons, &request);
    back.ring.req_cons++;
    response = RING_GET_RESPONSE(&back.ring, back.ring.rsp_prod_pvt);
    response->id = request.id;
    response->result = serve(request.address, request.length);
    back.ring.rsp_prod_pvt++;
    return true;
}

static inline void server_publish(void)
{
    int wanted = 0;

    if (mode == MODE_BARE)
        RING_PUSH_RESPONSES(&back.ring);
    else
        RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&back.ring, wanted);
    if (wanted)
        wake_client();
}

static inline bool server_await(void)
{
    int more;

    RING_FINAL_CHECK_FOR_REQUESTS(&back.ring, more);
    return !more;
}
