/* SPDX-License-Identifier: Apache-2.0 */
/* The split ring with answers in order, which needs no rings of indices: ringtest has it by this macro. */
#define INORDER 1
#include "split.h"
