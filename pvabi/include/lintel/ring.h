/* SPDX-License-Identifier: MIT */
/*
 * One-way rings with one producer and one consumer, each of which takes the other for hostile.
 * Contract, with the order of all accesses: docs/abi/rings.md.
 *
 * Indices count slots from 0 and wrap at 2^32; index n is slot n mod 2^order. Each end steps through
 * the slots with a private index. The upper 16 bits of a slot's last word say in which lap it was
 * filled: that, and nothing else, hands it to the consumer, which polls the line it is about to read.
 * A slot is copied, word by word and each word once; there are no pointers into the ring.
 *
 *   producer: while there is something to send       consumer: while lintel_ring_take() gives 1, handle
 *                 lintel_ring_put(): 0 when full      if lintel_ring_release(): notify
 *             if lintel_ring_publish(): notify        if lintel_ring_await_items() gives 0: wait for
 *             if full and lintel_ring_await_room()    a notification; then start again
 *                 gives 0: wait for a notification
 *
 * LINTEL_RING_BROKEN says that the peer showed an index or a lap that cannot be. It stays; the caller
 * leaves the ring alone and disconnects. None of these functions locks: an end belongs to one thread
 * at a time.
 */
#ifndef LINTEL_RING_H
#define LINTEL_RING_H

#include "types.h"

/*
 * In shared memory, zeroed at first; 1 << order slots follow. Each line is written by one end only; and
 * the wishes, which the peer looks at with each step, do not lie where a step is stored.
 */
struct lintel_ring {
    /* Written by the producer. */
    uint32_t produced; /* slots before this index are filled; for whoever attaches */
    uint32_t reserved0[15];
    uint32_t room_wanted; /* notify the producer when the slot of this index is free again */
    uint32_t reserved1[15];

    /* Written by the consumer. */
    uint32_t consumed; /* slots before this index are free again */
    uint32_t reserved2[15];
    uint32_t items_wanted; /* notify the consumer when the slot of this index is filled */
    uint32_t reserved3[15];
};

#define LINTEL_RING_HEADER 256u   /* where the slots begin; sizeof(struct lintel_ring) */
#define LINTEL_RING_ORDERS 17u    /* orders are below this */
#define LINTEL_RING_BROKEN (-1)   /* the peer broke the protocol */
#define LINTEL_RING_LAP_SHIFT 48u /* of a slot's last word: the bits from here on are its lap */

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

/*
 * Before a copy of a slot's words: where its size is known, as it should be, no loop is left. Clang
 * unrolls those unasked, and warns of others if asked.
 */
#ifdef __clang__
#define LINTEL_RING_UNROLL()
#else
#define LINTEL_RING_UNROLL() _Pragma("GCC unroll 16")
#endif

typedef uint64_t lintel_ring_word __attribute__((__may_alias__));

/* One end, in private memory. Producer and consumer differ by the lead and by which lines are theirs. */
struct lintel_ring_end { /* not shared */
    lintel_ring_word *slots;
    uint32_t *shown_index; /* own lines */
    uint32_t *own_wish;
    const uint32_t *peer_index; /* the peer's lines */
    const uint32_t *peer_wish;
    uint32_t order;
    uint32_t mask; /* of an index: its slot */
    uint32_t slot_words;
    uint32_t lead;  /* how far this end may be ahead of the peer: producer: all slots; consumer: 0 */
    uint32_t next;  /* the slot to be put or taken next */
    uint32_t shown; /* last stored to *shown_index */
    uint32_t seen;  /* producer: last valid value of *peer_index; consumer: slots before it were filled */
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

/* What the slot of an index has in the upper bits of its last word when it is filled; 1 at first. */
static __inline__ uint16_t lintel_ring_lap(const struct lintel_ring_end *end, uint32_t index)
{
    return (uint16_t)((index >> end->order) + 1);
}

static __inline__ lintel_ring_word *lintel_ring_slot(const struct lintel_ring_end *end, uint32_t index,
                                                     uint32_t words)
{
    return end->slots + (index & end->mask) * words;
}

static __inline__ lintel_ring_word *lintel_ring_last(const struct lintel_ring_end *end, uint32_t index)
{
    return lintel_ring_slot(end, index, end->slot_words) + end->slot_words - 1;
}

/* For good. It looks as if all slots were in use, so that who finds a step to make need not ask. */
static __inline__ int lintel_ring_break(struct lintel_ring_end *end)
{
    end->broken = 1;
    end->seen = end->shown = end->next - end->mask - 1;
    return LINTEL_RING_BROKEN;
}

/* How many slots the producer can put, after a look at what the consumer has released. */
static __inline__ int lintel_ring_look_for_room(struct lintel_ring_end *end)
{
    uint32_t index = LINTEL_RING_LOAD_ACQUIRE(end->peer_index);

    if (end->broken || index - end->seen > end->next - end->seen)
        return lintel_ring_break(end);
    end->seen = index;
    return (int)(end->seen + end->lead - end->next);
}

/* Slots that can surely be put; looks for room only if it knows of none, as when it is broken. */
static __inline__ int lintel_ring_ready(struct lintel_ring_end *end)
{
    uint32_t known = end->seen + end->lead - end->next;

    return known != 0 ? (int)known : lintel_ring_look_for_room(end);
}

/*
 * Whether the slot of an index is filled, by its last word. A slot has the lap that it was filled in or
 * the one before; and one that was seen to be filled stays so until it is taken.
 */
static __inline__ int lintel_ring_filled(struct lintel_ring_end *end, uint32_t index, uint64_t last)
{
    uint16_t behind = (uint16_t)(lintel_ring_lap(end, index) - (uint16_t)(last >> LINTEL_RING_LAP_SHIFT));

    if (behind == 0)
        return 1;
    if (behind == 1 && index - end->next >= end->seen - end->next)
        return 0;
    return lintel_ring_break(end);
}

/* How many slots the consumer can take, `most` at the most. */
static __inline__ int lintel_ring_look_for_items(struct lintel_ring_end *end, uint32_t most)
{
    uint32_t index = end->next;
    int filled = 1;

    /* What is not released cannot be filled again. */
    while (index - end->next < most && index - end->shown <= end->mask) {
        filled = lintel_ring_filled(end, index, LINTEL_RING_LOAD_ACQUIRE(lintel_ring_last(end, index)));
        if (filled <= 0)
            break;
        index++;
    }
    if (end->broken)
        return LINTEL_RING_BROKEN;
    if (index - end->next > end->seen - end->next)
        end->seen = index;
    return (int)(index - end->next);
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
    now = end->lead != 0 ? lintel_ring_look_for_room(end) : lintel_ring_look_for_items(end, slots);
    return now < 0 || (uint32_t)now >= slots ? now : 0;
}

static __inline__ void lintel_ring_geometry(struct lintel_ring_end *end, void *memory,
                                            uint32_t slot_bytes, uint32_t order)
{
    end->slots = (lintel_ring_word *)memory + LINTEL_RING_HEADER / 8;
    end->order = order;
    end->mask = ((uint32_t)1 << order) - 1;
    end->slot_words = slot_bytes / 8;
}

/* Goes on where the shared words say that both ends are; LINTEL_RING_BROKEN if they cannot be there. */
static __inline__ int lintel_ring_resume(struct lintel_ring_end *end)
{
    uint32_t size = end->mask + 1, peer, produced, consumed;

    end->shown = LINTEL_RING_LOAD(end->shown_index);
    peer = LINTEL_RING_LOAD_ACQUIRE(end->peer_index);
    produced = end->lead != 0 ? end->shown : peer;
    consumed = end->lead != 0 ? peer : end->shown;
    /* Slots may have been taken and released before the producer came to publish them. */
    end->next = end->lead != 0 && produced - consumed > size ? consumed : end->shown;
    end->seen = consumed;
    end->broken = 0;
    return produced - consumed + size > 2 * size ? lintel_ring_break(end) : 0;
}

/* Steps over slots that an earlier owner filled and did not publish: they may be taken already. */
static __inline__ void lintel_ring_skip_filled(struct lintel_ring_end *end)
{
    while (end->next - end->seen <= end->mask) {
        uint64_t last = LINTEL_RING_LOAD(lintel_ring_last(end, end->next));

        if ((uint16_t)(last >> LINTEL_RING_LAP_SHIFT) != lintel_ring_lap(end, end->next))
            break;
        end->next++;
    }
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
    if (lintel_ring_resume(end) < 0)
        return LINTEL_RING_BROKEN;
    lintel_ring_skip_filled(end);
    return 0;
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
    return lintel_ring_resume(end);
}

/* Slots that can be put now, or LINTEL_RING_BROKEN. */
static __inline__ int lintel_ring_room(struct lintel_ring_producer *producer)
{
    return lintel_ring_look_for_room(&producer->end);
}

/*
 * Copies one slot in, which the consumer may take at once: 1; 0: full; or LINTEL_RING_BROKEN. The last
 * word's upper bits become the lap, whatever they were. slot_bytes is that of the attaching; given as a
 * constant it makes both copies fast.
 */
static __inline__ int lintel_ring_put(struct lintel_ring_producer *producer, const void *slot,
                                      uint32_t slot_bytes)
{
    struct lintel_ring_end *end = &producer->end;
    int ready = lintel_ring_ready(end);
    lintel_ring_word *to = lintel_ring_slot(end, end->next, slot_bytes / 8);
    const char *from = (const char *)slot;
    uint32_t i, last = slot_bytes / 8 - 1;
    uint64_t word;

    if (ready <= 0)
        return ready;
    LINTEL_RING_UNROLL()
    for (i = 0; i < last; i++) {
        __builtin_memcpy(&word, from + 8 * i, 8);
        LINTEL_RING_STORE(to + i, word);
    }
    __builtin_memcpy(&word, from + 8 * last, 8);
    word &= ((uint64_t)1 << LINTEL_RING_LAP_SHIFT) - 1;
    word |= (uint64_t)lintel_ring_lap(end, end->next) << LINTEL_RING_LAP_SHIFT;
    LINTEL_RING_STORE_RELEASE(to + last, word);
    end->next++;
    return 1;
}

/* Says how far it has put, and whether the consumer waits for that; 1: notify it. */
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

/* Slots that can be taken now, or LINTEL_RING_BROKEN. Looks at each of them. */
static __inline__ int lintel_ring_items(struct lintel_ring_consumer *consumer)
{
    return lintel_ring_look_for_items(&consumer->end, consumer->end.mask + 1);
}

/*
 * Copies the next slot out, without its lap: 1; 0: none there; or LINTEL_RING_BROKEN. It is the
 * consumer's until released.
 */
static __inline__ int lintel_ring_take(struct lintel_ring_consumer *consumer, void *slot,
                                       uint32_t slot_bytes)
{
    struct lintel_ring_end *end = &consumer->end;
    const lintel_ring_word *from = lintel_ring_slot(end, end->next, slot_bytes / 8);
    char *to = (char *)slot;
    uint32_t i, last = slot_bytes / 8 - 1;
    uint64_t word;
    int filled;

    if (end->next - end->shown > end->mask) /* what is not released cannot be filled again */
        return end->broken ? LINTEL_RING_BROKEN : 0;
    word = LINTEL_RING_LOAD_ACQUIRE(from + last);
    filled = lintel_ring_filled(end, end->next, word);
    if (filled <= 0)
        return filled;
    word &= ((uint64_t)1 << LINTEL_RING_LAP_SHIFT) - 1;
    __builtin_memcpy(to + 8 * last, &word, 8);
    LINTEL_RING_UNROLL()
    for (i = 0; i < last; i++) {
        word = LINTEL_RING_LOAD(from + i);
        __builtin_memcpy(to + 8 * i, &word, 8);
    }
    if (end->seen == end->next)
        end->seen++;
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
 * 1 .. size; else `slots`: they are filled already; or LINTEL_RING_BROKEN.
 */
static __inline__ int lintel_ring_await_items(struct lintel_ring_consumer *consumer, uint32_t slots)
{
    return lintel_ring_await(&consumer->end, slots);
}

#endif
