/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rings of the kernel's tools/virtio/ringtest have in common: their functions under our
 * names. Included behind one of them, which brings ringtest's main.h; each makes a request visible
 * at once.
 */
#include "work.h"

unsigned ring_size;
bool do_sleep, do_relax, do_exit;
int param;

void kick(void)
{
    wake_server();
}

void call(void)
{
    wake_client();
}

static void ring_create(unsigned size)
{
    ring_size = size;
    alloc_ring();
}

static inline bool client_submit(const struct request *request)
{
    static char token;

    return add_inbuf(request->length, (void *)request->address, &token) == 0;
}

static inline void client_publish(void)
{
    if (mode != MODE_BARE)
        kick_available();
}

static inline bool client_reap(struct completion *completion)
{
    unsigned length;
    void *buffer;

    if (get_buf(&length, &buffer) == NULL)
        return false;
    completion->address = (uint64_t)buffer;
    completion->result = length;
    return true;
}

static inline void client_reaped(void) {}

static inline bool client_await(void)
{
    return enable_call();
}

static inline void server_publish(void)
{
    if (mode != MODE_BARE)
        call_used();
}

static inline bool server_await(void)
{
    return enable_kick();
}
