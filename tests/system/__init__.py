# SPDX-License-Identifier: Apache-2.0
"""Boots dom0 as a user would, through ./dev run, and checks what the user sees."""
