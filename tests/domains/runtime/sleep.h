/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting that leaves the processor to other domains. */
#ifndef DOMAINS_SLEEP_H
#define DOMAINS_SLEEP_H

#include <stdint.h>

void sleep_start(void);      /* before the first sleep; vCPU 0 alone sleeps */
void sleep_for(uint64_t ns); /* an event ends it earlier */

#define MILLISECOND 1000000ull
#define SECOND (1000 * MILLISECOND)

#endif
