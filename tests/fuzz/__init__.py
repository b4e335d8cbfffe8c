# SPDX-License-Identifier: Apache-2.0
"""libFuzzer against code that reads what others wrote. How to use it: docs/guide/fuzz.md."""
