# SPDX-License-Identifier: Apache-2.0
"""The emulated machine: builds a boot image, runs it, reads what it says. `./dev run` is its front door."""
