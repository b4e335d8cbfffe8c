// SPDX-License-Identifier: Apache-2.0
// Included before everything else in the image: what is declared is ours as well as what is
// defined, so the compiler addresses all of it directly. -fvisibility=hidden covers definitions
// only.
#pragma GCC visibility push(hidden)
