/* SPDX-License-Identifier: MIT */
/*
 * One-way rings with one producer and one consumer, each of which takes the other for hostile.
 * Contract, with the order of all accesses: docs/abi/rings.md.
 *
 * Indices count slots from 0 and wrap at 2^32; index n is slot n mod 2^order. Each end steps through
 * the slots with a private index, shows it to the peer when it likes, and remembers what it saw of the
 * peer's. A slot is copied, word by word and each word once; there are no pointers into the ring.
 *
 *   producer: while there is something to send       consumer: while lintel_ring_take() gives 1, handle
 *                 lintel_ring_put(): 0 when full      if lintel_ring_release(): notify
 *             if lintel_ring_publish(): notify        if lintel_ring_await_items() gives 0: wait for
 *             if full and lintel_ring_await_room()    a notification; then start again
 *                 gives 0: wait for a notification
 *
 * LINTEL_RING_BROKEN says that the peer showed an index that cannot be. It stays; the caller leaves the
 * ring alone and disconnects. None of these functions locks: an end belongs to one thread at a time.
 */
#ifndef LINTEL_RING_H
#define LINTEL_RING_H

#include "types.h"

/* In shared memory, zeroed at first; 1 << order slots follow. Each line is written by one end only. */
struct lintel_ring {
    /* Written by the producer. */
    uint32_t produced;    /* slots before this index are filled */
    uint32_t room_wanted; /* notify the producer when the slot of this index is free again */
    uint32_t reserved0[14];

    /* Written by the consumer. */
    uint32_t consumed;     /* slots before this index are free again */
    uint32_t items_wanted; /* notify the consumer when the slot of this index is filled */
    uint32_t reserved1[14];
};

#define LINTEL_RING_HEADER 128u   /* where the slots begin; sizeof(struct lintel_ring) */
#define LINTEL_RING_ORDERS 17u    /* orders are below this */
#define LINTEL_RING_BROKEN (-1)   /* the peer broke the protocol */

/* Bytes of a ring; slot_bytes is a multiple of 8. */
#define LINTEL_RING_BYTES(slot_bytes, order) (LINTEL_RING_HEADER + ((uint32_t)(slot_bytes) << (order)))

/*
 * Every access to shared memory. The full barrier has to work between domains also in a kernel built
 * for one processor. Whoever needs other means defines all of them before this header.
 */
#ifndef LINTEL_RING_LOAD
#define LINTEL_RING_LOAD(where) __atomic_load_n(where, __ATOMIC_RELAXED)
#define LINTEL_RING_LOAD_ACQUIRE(where) __atomic_load_n(where, __ATOMIC_ACQUIRE)
#define LINTEL_RING_STORE(where, value) __atomic_store_n(where, value, __ATOMIC_RELAXED)
#define LINTEL_RING_STORE_RELEASE(where, value) __atomic_store_n(where, value, __ATOMIC_RELEASE)
#define LINTEL_RING_BARRIER() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif

typedef uint64_t lintel_ring_word __attribute__((__may_alias__));

/* One end, in private memory. Producer and consumer differ by the leads and by which line is theirs. */
struct lintel_ring_end { /* not shared */
    lintel_ring_word *slots;
    uint32_t *shown_index; /* own line */
    uint32_t *own_wish;
    const uint32_t *peer_index; /* the peer's line */
    const uint32_t *peer_wish;
    uint32_t mask; /* of an index: its slot */
    uint32_t slot_words;
    uint32_t lead;      /* how far this end may be ahead of the peer: producer: all slots; consumer: 0 */
    uint32_t peer_lead; /* how far the peer may be ahead of this end: the other way round */
    uint32_t next;      /* the slot to be put or taken next */
    uint32_t shown;     /* last stored to *shown_index */
    uint32_t seen;      /* last valid value of *peer_index */
    uint32_t broken;
};

struct lintel_ring_producer { /* not shared */
    struct lintel_ring_end end;
};

struct lintel_ring_consumer { /* not shared */
    struct lintel_ring_end end;
};

/* Makes memory an empty ring, 64-byte aligned and LINTEL_RING_BYTES long, before the peer may use it. */
static __inline__ void lintel_ring_init(void *memory, uint32_t slot_bytes, uint32_t order)
{
    lintel_ring_word *word = (lintel_ring_word *)memory;
    uint32_t i;

    for (i = 0; i < LINTEL_RING_BYTES(slot_bytes, order) / 8; i++)
        LINTEL_RING_STORE(word + i, 0);
}

/* Looks at the peer's index, which may have moved forward within what this end allows it. */
static __inline__ int lintel_ring_look(struct lintel_ring_end *end)
{
    uint32_t index = LINTEL_RING_LOAD_ACQUIRE(end->peer_index);

    if (index - end->seen > end->shown + end->peer_lead - end->seen)
        end->broken = 1;
    if (end->broken)
        return LINTEL_RING_BROKEN;
    end->seen = index;
    return (int)(end->seen + end->lead - end->next);
}

/* Whether there is a slot to put or take; looks at the peer's index only when it has to. */
static __inline__ int lintel_ring_ready(struct lintel_ring_end *end)
{
    int slots = end->broken ? LINTEL_RING_BROKEN : (int)(end->seen + end->lead - end->next);

    return slots == 0 ? lintel_ring_look(end) : slots;
}

/* Shows the peer all steps made so far; 1 if it wants to be notified of one of them. */
static __inline__ int lintel_ring_show(struct lintel_ring_end *end)
{
    uint32_t before = end->shown;

    if (end->broken || end->next == before)
        return 0;
    end->shown = end->next;
    LINTEL_RING_STORE_RELEASE(end->shown_index, end->shown);
    /* The peer stores its wish and then looks at the index: one of the two sees the other's store. */
    LINTEL_RING_BARRIER();
    return LINTEL_RING_LOAD(end->peer_wish) - before < end->shown - before;
}

/* Asks to be notified as soon as `slots` more steps can be made; if they already can, says how many. */
static __inline__ int lintel_ring_await(struct lintel_ring_end *end, uint32_t slots)
{
    int now;

    LINTEL_RING_STORE(end->own_wish, end->next + slots - 1 - end->lead);
    /* What the peer did before it could see the wish comes without a notification: look again. */
    LINTEL_RING_BARRIER();
    now = lintel_ring_look(end);
    return now < 0 || (uint32_t)now >= slots ? now : 0;
}

static __inline__ lintel_ring_word *lintel_ring_slot(const struct lintel_ring_end *end)
{
    return end->slots + (end->next & end->mask) * end->slot_words;
}

static __inline__ void lintel_ring_geometry(struct lintel_ring_end *end, void *memory,
                                            uint32_t slot_bytes, uint32_t order)
{
    end->slots = (lintel_ring_word *)memory + LINTEL_RING_HEADER / 8;
    end->mask = ((uint32_t)1 << order) - 1;
    end->slot_words = slot_bytes / 8;
}

/* Goes on where the shared words say that both ends are; LINTEL_RING_BROKEN if they cannot be there. */
static __inline__ int lintel_ring_resume(struct lintel_ring_end *end)
{
    uint32_t size = end->mask + 1;

    end->broken = 0;
    end->shown = LINTEL_RING_LOAD(end->shown_index);
    end->next = end->shown;
    end->seen = LINTEL_RING_LOAD_ACQUIRE(end->peer_index);
    if (end->seen + end->lead - end->next > size)
        end->broken = 1;
    return end->broken ? LINTEL_RING_BROKEN : 0;
}

/*
 * Attaching: to a new ring, or to one that an earlier owner of this end has left; in that case the
 * caller notifies the peer once. 0, or LINTEL_RING_BROKEN.
 */
static __inline__ int lintel_ring_attach_producer(struct lintel_ring_producer *producer, void *memory,
                                                  uint32_t slot_bytes, uint32_t order)
{
    struct lintel_ring *ring = (struct lintel_ring *)memory;
    struct lintel_ring_end *end = &producer->end;

    lintel_ring_geometry(end, memory, slot_bytes, order);
    end->shown_index = &ring->produced;
    end->own_wish = &ring->room_wanted;
    end->peer_index = &ring->consumed;
    end->peer_wish = &ring->items_wanted;
    end->lead = end->mask + 1;
    end->peer_lead = 0;
    return lintel_ring_resume(end);
}

static __inline__ int lintel_ring_attach_consumer(struct lintel_ring_consumer *consumer, void *memory,
                                                  uint32_t slot_bytes, uint32_t order)
{
    struct lintel_ring *ring = (struct lintel_ring *)memory;
    struct lintel_ring_end *end = &consumer->end;

    lintel_ring_geometry(end, memory, slot_bytes, order);
    end->shown_index = &ring->consumed;
    end->own_wish = &ring->items_wanted;
    end->peer_index = &ring->produced;
    end->peer_wish = &ring->room_wanted;
    end->lead = 0;
    end->peer_lead = end->mask + 1;
    return lintel_ring_resume(end);
}

/* Slots that can be put now, or LINTEL_RING_BROKEN. */
static __inline__ int lintel_ring_room(struct lintel_ring_producer *producer)
{
    return lintel_ring_look(&producer->end);
}

/* Copies one slot in, unseen by the peer until published: 1; 0: full; or LINTEL_RING_BROKEN. */
static __inline__ int lintel_ring_put(struct lintel_ring_producer *producer, const void *slot)
{
    struct lintel_ring_end *end = &producer->end;
    int ready = lintel_ring_ready(end);
    lintel_ring_word *to = lintel_ring_slot(end);
    const char *from = (const char *)slot;
    uint32_t i;

    if (ready <= 0)
        return ready;
    for (i = 0; i < end->slot_words; i++) {
        uint64_t word;

        __builtin_memcpy(&word, from + 8 * i, 8);
        LINTEL_RING_STORE(to + i, word);
    }
    end->next++;
    return 1;
}

/* Shows the consumer all that was put; 1: notify it. */
static __inline__ int lintel_ring_publish(struct lintel_ring_producer *producer)
{
    return lintel_ring_show(&producer->end);
}

/*
 * Before waiting for room, with everything published: 0: a notification comes when `slots` are free,
 * 1 .. size; else that many are free already; or LINTEL_RING_BROKEN.
 */
static __inline__ int lintel_ring_await_room(struct lintel_ring_producer *producer, uint32_t slots)
{
    return lintel_ring_await(&producer->end, slots);
}

/* Slots that can be taken now, or LINTEL_RING_BROKEN. */
static __inline__ int lintel_ring_items(struct lintel_ring_consumer *consumer)
{
    return lintel_ring_look(&consumer->end);
}

/* Copies the next slot out: 1; 0: none there; or LINTEL_RING_BROKEN. It is the consumer's until released. */
static __inline__ int lintel_ring_take(struct lintel_ring_consumer *consumer, void *slot)
{
    struct lintel_ring_end *end = &consumer->end;
    int ready = lintel_ring_ready(end);
    const lintel_ring_word *from = lintel_ring_slot(end);
    char *to = (char *)slot;
    uint32_t i;

    if (ready <= 0)
        return ready;
    for (i = 0; i < end->slot_words; i++) {
        uint64_t word = LINTEL_RING_LOAD(from + i);

        __builtin_memcpy(to + 8 * i, &word, 8);
    }
    end->next++;
    return 1;
}

/* Lets the producer have all slots that were taken; 1: notify it. */
static __inline__ int lintel_ring_release(struct lintel_ring_consumer *consumer)
{
    return lintel_ring_show(&consumer->end);
}

/*
 * Before waiting for items, with everything released: 0: a notification comes when `slots` are filled,
 * 1 .. size; else that many are filled already; or LINTEL_RING_BROKEN.
 */
static __inline__ int lintel_ring_await_items(struct lintel_ring_consumer *consumer, uint32_t slots)
{
    return lintel_ring_await(&consumer->end, slots);
}

#endif
