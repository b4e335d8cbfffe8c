// SPDX-License-Identifier: Apache-2.0
// Offers that a frontend does not answer.
#include "disk_parts.h"

#include <string.h>
#include <unistd.h>

#define IMPOSSIBLE(change)                                                 \
    do {                                                                   \
        struct offer bad = {QUEUES, ORDER, disk->config};                  \
        change;                                                            \
        disk_offer_this(disk, &bad);                                       \
        usleep(200000);                                                    \
        expect(disk->page->seen_generation != disk->page->generation);     \
    } while (0)

void disk_offer_badly(struct disk* disk)
{
    disk_let_go(disk);
    disk_set_state(disk, LINTEL_STATE_ABSENT);
    IMPOSSIBLE(bad.queues = 0);
    IMPOSSIBLE(bad.queues = 17);
    IMPOSSIBLE(bad.ring_order = LINTEL_BLOCK_RING_ORDER + 1);
    IMPOSSIBLE(bad.config.bytes = 0);
    IMPOSSIBLE(bad.config.bytes += 1);
    IMPOSSIBLE(bad.config.bytes = 1ull << 63);
    IMPOSSIBLE(bad.config.flags = 2);
    IMPOSSIBLE(bad.config.sector_bytes = 0);
    IMPOSSIBLE(bad.config.sector_bytes = 1024);
    IMPOSSIBLE(bad.config.most_bytes = PAGE);
    IMPOSSIBLE(bad.config.most_erased = 1);
    IMPOSSIBLE(bad.config.erase_bytes = 0);
    IMPOSSIBLE(bad.config.pool_pages = 0);
    IMPOSSIBLE(bad.config.pool_pages = LINTEL_BLOCK_POOL_PAGES + 1);
    // Possible, but not after what was offered before.
    IMPOSSIBLE(bad.config.sector_bytes = 4096);
    IMPOSSIBLE(bad.config.pool_pages = POOL_PAGES / 2);
    IMPOSSIBLE(bad.ring_order = ORDER - 1);
    // Nothing is granted there, or not for writing.
    IMPOSSIBLE(bad.config.pool_list[0] = 0);
    IMPOSSIBLE(bad.config.pool_list[0] = ~0u);
    memcpy(disk->pool, &disk->lists, sizeof(disk->lists)); // pages that are granted read-only
    IMPOSSIBLE((bad.config.pool_pages = POOL_PAGES, bad.config.pool_list[0] = disk->first));
    if (unmet())
        die("a frontend that answers anything"); // and would not end in time
    disk_offer(disk);
}
