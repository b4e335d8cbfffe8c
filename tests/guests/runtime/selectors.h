/* SPDX-License-Identifier: Apache-2.0 */
/* Segment selectors of the runtime's descriptor table, for C and assembly. */
#ifndef RUNTIME_SELECTORS_H
#define RUNTIME_SELECTORS_H

#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define KERNEL_CODE_32 0x18
#define USER_CODE_32 0x23
#define USER_DATA 0x2b
#define USER_CODE 0x33
#define SPARE 0x38 /* four descriptors, free for tests */
#define TASK 0x58  /* from here on one of 16 bytes for each vCPU */

#define MAX_VCPUS 32

#define EXCURSION_END 0x80 /* the vector by which ring 3 returns */

#endif
