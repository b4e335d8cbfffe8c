/* SPDX-License-Identifier: Apache-2.0 */
/* The split ring of virtio 0.9, as ringtest's virtio_ring_0_9.c has it. */
#include <virtio_ring_0_9.c>

/* In lines of their own also here, where another program's data surrounds them. */
extern struct guest guest __attribute__((aligned(128)));
extern struct host host __attribute__((aligned(128)));

#include "ringtest.h"

static inline bool server_serve(void)
{
    unsigned length;
    void *buffer;

    if (!use_buf(&length, &buffer))
        return false;
    serve((uint64_t)buffer, length);
    return true;
}
