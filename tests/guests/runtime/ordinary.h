/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kernel has that runs as somebody's ordinary guest (tests/domains), in place of test() in
 * dom0: where there is none of these, an unprivileged domain is a child (child.h).
 */
#ifndef RUNTIME_ORDINARY_H
#define RUNTIME_ORDINARY_H

#include <stdint.h>

__attribute__((weak)) void ordinary_main(void);
/* All that print() and its like say. */
__attribute__((weak)) void ordinary_print(const char* text, uint64_t bytes);

#endif
