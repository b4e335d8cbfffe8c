/* SPDX-License-Identifier: Apache-2.0 */
/* Other domains, for kernels in dom0's place. Contract: docs/abi/domains.md. */
#ifndef RUNTIME_DOMAIN_H
#define RUNTIME_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include <lintel/domain.h>

/* What most domains of tests are: some RAM at 0, the other ranges where a toolstack puts them. */
struct lintel_domain_create usual_domain(uint32_t vcpus, uint64_t max_frames);

/* Each ends the test if it fails. */
uint64_t make_domain(const struct lintel_domain_create* wanted);
void populate_all(uint64_t domain, uint64_t address, uint64_t frames);
void start_domain(uint64_t domain, uint32_t entry, uint64_t start_info);
unsigned destroy_all(uint64_t domain); /* until it is gone; how many calls that took */

struct lintel_domain_info info_of(uint64_t domain);
struct lintel_machine_info info_of_machine(void);
bool same_text(const char* one, const char* other); /* of an information's text */

#endif
