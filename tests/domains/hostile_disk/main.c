// SPDX-License-Identifier: Apache-2.0
// A hostile front end against lintel-block as it runs in dom0: needs five disks of 1 MiB and more,
// with one queue and a pool of 16 pages, and two vCPUs. The fifth is a device that takes its time.
//
// Answers with impossible numbers of queues, sizes of rings, features, ports and grants; laps from
// the past, the future and nowhere; indices that cannot be; requests of garbage; every word of both
// rings changed by another vCPU while they are used; completions that are never read; a connection
// left with I/O in flight; storms of events; the other side's words overwritten; pages granted
// again, or taken back, while a device reads and writes them. The backend has to
// say FAILED or to go on, as docs/abi says for each; afterwards a disk has to work as before.
// Class: XSA-38, XSA-39, XSA-86, XSA-155, XSA-349, XSA-350,
// XSA-371, XSA-396.
#include "attacks.h"

#include "ordinary.h"
#include "random.h"
#include "result.h"
#include "sleep.h"
#include "smp.h"

#define BLOCK 4096u

static uint64_t seed = RANDOM_SEED;

uint64_t random_word(void)
{
    return random_next(&seed);
}

void check_works(struct front* disk)
{
    const uint64_t word = random_word();
    struct lintel_block_request request = reading;
    request.offset = 64 * BLOCK;
    front_map_pool(disk);
    for (unsigned i = 0; i < BLOCK / 8; ++i)
        disk->pool[i] = word + i;
    request.operation = LINTEL_BLOCK_WRITE;
    expect_equal(front_do(disk, request), LINTEL_BLOCK_DONE);
    for (unsigned i = 0; i < BLOCK / 8; ++i)
        disk->pool[i] = 0;
    request.operation = LINTEL_BLOCK_READ;
    expect_equal(front_do(disk, request), LINTEL_BLOCK_DONE);
    for (unsigned i = 0; i < BLOCK / 8; ++i)
        expect_equal(disk->pool[i], word + i);
    front_unmap_pool(disk);
}

static void works_anew(struct front* disk)
{
    front_connect(disk);
    check_works(disk);
    front_leave(disk);
}

void ordinary_main(void)
{
    sleep_start();
    need_vcpus(2);
    print("begins");
    answer_badly();
    for (unsigned i = 0; i < 3; ++i)
        works_anew(front(i));
    break_lap(front(3), 3); // the next one
    break_lap(front(3), 0); // the one before the last
    break_lap(front(3), 0x7777);
    break_consumed(front(3));
    works_anew(front(3));
    scribble(front(0));
    send_garbage(front(1));
    flip_fields(front(2));
    flip_everything(front(3));
    works_anew(front(3));
    read_no_completions(front(0));
    leave_in_flight(front(1));
    works_anew(front(1));
    storm(front(2));
    overwrite_page(front(0));
    works_anew(front(0));
    change_grants(front(4));
    works_anew(front(4));
    print("attacks are over, %u not as expected", unmet_count());
    for (;;)
        sleep_for(SECOND);
}
