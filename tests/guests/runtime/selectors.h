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
#define TASK 0x38
#define SPARE 0x48 /* four descriptors, free for tests */

#define EXCURSION_END 0x80 /* the vector by which ring 3 returns */

#endif
