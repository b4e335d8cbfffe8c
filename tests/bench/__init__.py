# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share; each is a folder with an executable `run`, which ./dev bench calls."""
