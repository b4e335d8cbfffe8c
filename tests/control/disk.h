// SPDX-License-Identifier: Apache-2.0
// A disk for the domain of the control device's test program; one at a time.
#pragma once

#include <lintel/block.h>

#include "control.h"

struct disk;

// What it does at the next request, instead of what it should; then it is good again, but for the last two. After what
// breaks the protocol the frontend has to leave, or the test fails, and the backend is replaced.
enum disk_mischief {
    DISK_GOOD,
    DISK_SILENT,   // takes no request any more, until it is replaced
    DISK_TWICE,    // answers twice
    DISK_WRONG_ID, // answers a request that cannot be, and not those that it was given until it was given id 0
    DISK_OTHER_ID, // answers one that it may not have been given
    DISK_LAP,      // says to have written answers in a lap that has yet to come
    DISK_CONSUMED, // says to have read requests that were never written
    DISK_STATUS,   // gives a status that does not exist
    DISK_GARBAGE,  // writes anything to all slots of the completion ring, and to the words of its end of the other
    DISK_STORM,    // sends events without end, of which none has a reason
    DISK_KEEP,     // answers direct reads, while another process keeps their pages, writes to them, and has the rings
    DISK_KEEP_SILENTLY, // likewise, and does not answer
};

// Served from a file, by its size.
struct disk* disk_new(struct domain* domain, const char* image, uint32_t version);
// After each event.
void disk_serve(struct disk* disk);
// Dies in the middle of everything, and another one comes, for a file that may have another size.
void disk_replace(struct disk* disk);
// Likewise, and its pool is gone before the guest knows.
void disk_replace_pool(struct disk* disk);
// Makes offers that cannot be, or that break what earlier ones have promised, and then a good one.
void disk_offer_badly(struct disk* disk);
void disk_misbehave(struct disk* disk, enum disk_mischief how);
void disk_remove(struct disk* disk);
// The processes that keep pages, of whatever disk.
void disk_kill_keepers(void);
// Its /dev/lintel.
int disk_device(const struct disk* disk);
// Milliseconds until it wants to be served without an event; -1: for ever.
int disk_patience(const struct disk* disk);
// Prints what it was asked for, and lets go of everything.
void disk_end(struct disk* disk);
