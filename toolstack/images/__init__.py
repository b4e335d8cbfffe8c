# SPDX-License-Identifier: Apache-2.0
"""Images that Lintel's own domains boot from."""
