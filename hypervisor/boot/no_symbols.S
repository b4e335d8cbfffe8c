// SPDX-License-Identifier: Apache-2.0
// An empty symbol table, for the link whose symbols fill the real one.

    .section .symbols, "a"
    .balign 8
    .globl symbol_count, symbol_entries, symbol_names
symbol_count:
symbol_entries:
symbol_names:
    .long 0
