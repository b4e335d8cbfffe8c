/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUNTIME_RESET_H
#define RUNTIME_RESET_H

#include <stdbool.h>

/*
 * Puts the domain into the state in which a kernel starts, as far as 64-bit code can and as it was
 * not promised to keep anything: other vCPUs, ports, upcalls, timer, NMI, registers. What a test
 * did to memory stays. False if another vCPU cannot be stopped.
 */
bool reset(void);

#endif
