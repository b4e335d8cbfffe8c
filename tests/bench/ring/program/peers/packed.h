/* SPDX-License-Identifier: Apache-2.0 */
/* The packed ring: ringtest's ring.c, in which a descriptor's flags say whose it is. */
#include <ring.c>

/* In lines of their own also here, where another program's data surrounds them. */
extern struct guest guest __attribute__((aligned(128)));
extern struct host host __attribute__((aligned(128)));

#define client_reap reap
#include "ringtest.h"
#undef client_reap

/* use_buf() leaves the request in the ring; it is read here, before it is given back. */
static inline bool server_serve(void)
{
    struct desc *slot = &ring[host.used_idx & (ring_size - 1)];
    unsigned length;
    void *buffer;

    if (avail_empty())
        return false;
    smp_acquire();
    serve(slot->addr, slot->len);
    return use_buf(&length, &buffer);
}

/* A descriptor that was never submitted looks like an answer: ringtest never looks then. */
static inline bool client_reap(struct completion *completion)
{
    return guest.num_free < ring_size && reap(completion);
}
