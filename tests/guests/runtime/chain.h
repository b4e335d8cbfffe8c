/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several tests in one boot. The initramfs is then a newc archive of the kernels in their order,
 * the first being the one that the hypervisor started. A kernel that is done is marked in the
 * archive: the first one without a mark is the one that runs.
 */
#ifndef RUNTIME_CHAIN_H
#define RUNTIME_CHAIN_H

const char* chain_name(void); /* of the running kernel; NULL when it came alone */
void chain_go_on(void);       /* enters the next kernel; returns if there is none */

#endif
