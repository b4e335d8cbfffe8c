# SPDX-License-Identifier: Apache-2.0
"""Which lines of hypervisor/ the tests reach, on the host and on the machine together. `./dev coverage`."""
