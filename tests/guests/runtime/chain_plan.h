/* SPDX-License-Identifier: Apache-2.0 */
/* What the trampoline has to do, and where: in low memory, which neither kernels nor modules use.
 */
#ifndef RUNTIME_CHAIN_PLAN_H
#define RUNTIME_CHAIN_PLAN_H

#define TRAMPOLINE 0x20000
#define PLAN 0x21000
#define PLAN_PIECES 8
#define PARKED_RECORDS 0x22000 /* time records that a test registered go on here */

#define PIECE_FROM 0
#define PIECE_TO 4
#define PIECE_BYTES 8
#define PIECE_ZEROS 12
#define PIECE_SIZE 16
#define PLAN_START_INFO 0
#define PLAN_ENTRY 4
#define PLAN_COUNT 8
#define PLAN_FIRST 16

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct chain_piece {
    uint32_t from, to, bytes, zeros;
};
struct chain_plan {
    uint32_t start_info, entry, pieces, unused;
    struct chain_piece piece[PLAN_PIECES];
};
_Static_assert(sizeof(struct chain_piece) == PIECE_SIZE, "");
_Static_assert(offsetof(struct chain_piece, zeros) == PIECE_ZEROS, "");
_Static_assert(offsetof(struct chain_plan, entry) == PLAN_ENTRY, "");
_Static_assert(offsetof(struct chain_plan, pieces) == PLAN_COUNT, "");
_Static_assert(offsetof(struct chain_plan, piece) == PLAN_FIRST, "");
#endif

#endif
