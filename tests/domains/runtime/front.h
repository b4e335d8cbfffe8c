/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk's front end (docs/abi/block.md) that keeps to the contract as long as its caller does: one
 * queue, whose rings are one page each.
 */
#ifndef DOMAINS_FRONT_H
#define DOMAINS_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lintel/block.h>
#include <lintel/device.h>

#define FRONTS 5u
#define FRONT_ORDER 4u
#define FRONT_SLOTS (1u << FRONT_ORDER)
#define FRONT_POOL_PAGES 16u
#define FRONT_NOTICE (20 * SECOND) /* a backend that looks at what is said has answered long ago */
#define FRONT_PATIENCE (120 * SECOND) /* a backend that failed often comes back late */

struct front {
    volatile struct lintel_device* page;
    uint32_t generation; /* of the offer that was answered last */
    struct lintel_block_config config;
    uint8_t* submission; /* memory of the rings */
    uint8_t* completion;
    uint32_t first_ref; /* of two: the rings' pages */
    uint32_t port;
    volatile uint64_t* pool; /* while it is mapped */
    uint32_t handle[FRONT_POOL_PAGES];
    struct lintel_ring_producer requests;
    struct lintel_ring_consumer answers;
};

const volatile struct lintel_device_directory* directory(void);
volatile struct lintel_device* device(uint32_t slot);

/* The n-th disk of the area, from 0; ends the test if there is none. */
struct front* front(unsigned number);

/*
 * Waits for an offer that has had no answer, and makes rings and a port. The answer says so: the
 * caller may change it. front_answer() writes it to the page, with READY.
 */
struct lintel_device front_prepare(struct front* front);
void front_answer(struct front* front, const struct lintel_device* answer);
void front_await(struct front* front, uint32_t state, const char* why); /* of the backend */
void front_connect(struct front* front); /* all of these, as they should be */
void front_connect_with(struct front* front, uint64_t features);

void front_tell(const struct front* front); /* the toolstack: a state is another one */
void front_notify(const struct front* front);
/* ABSENT, and lets go; waits until the backend has. */
void front_leave(struct front* front);
void front_take_back(uint32_t ref); /* a grant; waits until nobody uses its page */

bool front_put(struct front* front, const struct lintel_block_request* request);
bool front_take(struct front* front, struct lintel_block_completion* answer); /* if there is one */
uint32_t front_do(struct front* front, struct lintel_block_request request);  /* its status */

void front_map_pool(struct front* front);
void front_unmap_pool(struct front* front);

#endif
