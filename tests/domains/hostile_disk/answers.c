// SPDX-License-Identifier: Apache-2.0
#include "attacks.h"
#include "grant.h"

#define IMPOSSIBLE(disk, change)                           \
    do {                                                   \
        struct lintel_device answer = front_prepare(disk); \
        change;                                            \
        front_answer(disk, &answer);                       \
        front_await(disk, LINTEL_STATE_FAILED, #change);   \
        front_leave(disk);                                 \
        print("refused: %s", #change);                     \
    } while (0)

void answer_badly(void)
{
    struct front* const a = front(0);
    struct front* const b = front(1);
    struct front* const c = front(2);
    IMPOSSIBLE(a, answer.chosen_queues = 0);
    IMPOSSIBLE(b, answer.chosen_queues = 2);
    IMPOSSIBLE(c, answer.chosen_queues = ~0u);
    IMPOSSIBLE(a, answer.queue[0].ring_order = LINTEL_BLOCK_RING_ORDER + 1);
    IMPOSSIBLE(b, answer.queue[0].ring_order = ~0u);
    IMPOSSIBLE(c, answer.chosen_features = 1ull << 63);
    IMPOSSIBLE(a, answer.queue[0].submission[0] = ~0u);
    IMPOSSIBLE(b, answer.queue[0].completion[0] = 500); // nothing is granted there
    IMPOSSIBLE(c, grant(c->first_ref, (uintptr_t)c->submission, 0, false));
    IMPOSSIBLE(a, answer.queue[0].port = 0);
    IMPOSSIBLE(b, answer.queue[0].port = ~0u);
    IMPOSSIBLE(c, answer.queue[0].port = directory()->port); // is bound already
}
