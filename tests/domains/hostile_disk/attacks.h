/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this kernel share. Each attack begins with a disk that is not connected, and
 * ends so. */
#ifndef HOSTILE_DISK_ATTACKS_H
#define HOSTILE_DISK_ATTACKS_H

#include "front.h"

static const struct lintel_block_request reading = {
    .operation = LINTEL_BLOCK_READ, .id = 1, .bytes = 4096};

struct told {
    uint32_t done, refused, other;
};

/* --- main.c --- */

uint64_t random_word(void);
/* Writes a block that nobody else has written, and reads it back. */
void check_works(struct front* disk);

/* --- requests.c --- */

/* Sends so many and takes as many answers; each has to come once if `each` is to be checked. */
struct told exchange(struct front* disk, uint32_t wanted, bool wild, bool each);
void send_garbage(struct front* disk);

/* --- answers.c --- */

void answer_badly(void); /* of disks 0 to 2, four times each */

/* --- rings.c --- */

void break_lap(struct front* disk, uint16_t lap);
void break_consumed(struct front* disk);
void scribble(struct front* disk);

/* --- changes.c: another vCPU writes while the backend reads --- */

void flip_fields(struct front* disk);
void flip_everything(struct front* disk);

/* --- direct.c --- */

void change_grants(struct front* disk);

/* --- peers.c: one that stops, leaves or floods --- */

void read_no_completions(struct front* disk);
void leave_in_flight(struct front* disk);
void storm(struct front* disk);
void overwrite_page(struct front* disk);

#endif
