/* SPDX-License-Identifier: MIT */
/* Block devices, class 2. Contract: docs/abi/block.md. */
#ifndef LINTEL_BLOCK_H
#define LINTEL_BLOCK_H

#include "ring.h"

#define LINTEL_BLOCK_VERSION 2u /* of the class's protocol, device.version */

/* Features. Reading, writing and flushing are always there. */
#define LINTEL_BLOCK_FEATURE_FUA 0x1ull
#define LINTEL_BLOCK_FEATURE_DISCARD 0x2ull
#define LINTEL_BLOCK_FEATURE_ZEROES 0x4ull
#define LINTEL_BLOCK_FEATURE_DIRECT 0x8ull

/* device.config, written by the backend. */
struct lintel_block_config {
    uint64_t bytes;         /* of the disk; a multiple of sector_bytes */
    uint32_t flags;         /* LINTEL_BLOCK_READ_ONLY */
    uint32_t sector_bytes;  /* 512 or 4096: what offsets and lengths are multiples of */
    uint32_t most_bytes;    /* of one read or write; at least LINTEL_BLOCK_LEAST_BYTES */
    uint32_t most_pages;    /* of one direct request */
    uint32_t most_erased;   /* bytes of one discard or write of zeroes */
    uint32_t erase_bytes;   /* what discards are best multiples of; a multiple of sector_bytes */
    uint32_t direct_bytes;  /* from this length on, direct requests are advised */
    uint32_t pool_pages;    /* of each queue's pool, 1 .. LINTEL_BLOCK_POOL_PAGES */
    uint32_t pool_list[16]; /* of each queue: reference of a page with the references of its pool's pages */
    uint64_t reserved[19];  /* zero */
};
#define LINTEL_BLOCK_READ_ONLY 0x1u
#define LINTEL_BLOCK_LEAST_BYTES 1048576u
#define LINTEL_BLOCK_POOL_PAGES 1024u
#define LINTEL_BLOCK_RING_ORDER 8u /* the largest for which a queue has page references */

/* A slot of the submission ring. */
struct lintel_block_request {
    uint8_t operation; /* LINTEL_BLOCK_READ ... */
    uint8_t flags;     /* LINTEL_BLOCK_FUA ... */
    uint16_t pages;    /* direct: how many, 1 .. config.most_pages; else zero */
    uint32_t id;       /* comes back in the completion */
    uint64_t offset;   /* in the disk, in bytes */
    uint32_t bytes;    /* how many */
    uint32_t place;    /* of the data: offset in the pool; direct: in the first page */
    uint32_t page[8];  /* direct, at most 8 pages: their grant references, in order; else zero */
    uint32_t list;     /* direct, more pages: offset in the pool of uint32_t[pages], references; else zero */
    uint16_t reserved; /* zero */
    uint16_t lap;      /* the ring's own: docs/abi/rings.md */
};
#define LINTEL_BLOCK_INLINE_PAGES 8u

#define LINTEL_BLOCK_READ 0u
#define LINTEL_BLOCK_WRITE 1u
#define LINTEL_BLOCK_FLUSH 2u
#define LINTEL_BLOCK_DISCARD 3u
#define LINTEL_BLOCK_ZEROES 4u

#define LINTEL_BLOCK_FUA 0x1u    /* write: on the medium before the completion */
#define LINTEL_BLOCK_DIRECT 0x2u /* read, write: the data is in granted pages, not in the pool */
#define LINTEL_BLOCK_KEEP 0x4u   /* zeroes: the space stays allocated */

/* A slot of the completion ring. */
struct lintel_block_completion {
    uint32_t id;     /* the request's */
    uint16_t status; /* LINTEL_BLOCK_DONE ... */
    uint16_t lap;    /* the ring's own: docs/abi/rings.md */
};
#define LINTEL_BLOCK_DONE 0u
#define LINTEL_BLOCK_ERROR 1u       /* the medium, or the image, failed */
#define LINTEL_BLOCK_NO_SPACE 2u    /* the image's file system, or its quota, is full */
#define LINTEL_BLOCK_WRITE_DENIED 3u /* the disk is read-only */
#define LINTEL_BLOCK_UNSUPPORTED 4u /* the image cannot do this; the feature was not chosen */
#define LINTEL_BLOCK_RANGE 5u       /* not within the disk */
#define LINTEL_BLOCK_INVALID 6u     /* a field is not as the operation needs it */
#define LINTEL_BLOCK_BAD_GRANT 7u   /* a page is not granted, or not for this */

#endif
