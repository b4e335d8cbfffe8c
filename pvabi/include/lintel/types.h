/* SPDX-License-Identifier: MIT */
/* Fixed-width integers, from where the including world keeps them. */
#ifndef LINTEL_TYPES_H
#define LINTEL_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#endif
