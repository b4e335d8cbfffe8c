// SPDX-License-Identifier: Apache-2.0
// A command of a batch, as it lies in the buffer: one slot of two words, or two slots. Contract:
// docs/design/sealed.md#commands.
#pragma once

#include <cstdint>

#include "mm/frame.hpp"
#include "support/result.hpp"

namespace lintel::seal {

// Bits 2:0 of the first word; the others are a guest-physical address.
enum class Operation : std::uint8_t {
    set = 0,        // entry's address; second word: its new value
    change = 1,     // first entry's address; how many entries. Second slot: bits to keep, bits to set
    give_level = 2, // table page's address; 0 .. 2: pt, pd, pdpt
    make_root = 3,  // page's address; 0: one page, 1: a pair, the kernel's and the user's
    load_root = 4,  // root's address; zero
};

inline constexpr std::uint64_t operation_bits = 7;

// What becomes of an entry.
struct Change {
    std::uint64_t keep = 0, set = 0;

    constexpr std::uint64_t of(std::uint64_t raw) const { return (raw & keep) | set; }
};

struct Command {
    Operation operation = Operation::set;
    std::uint64_t address = 0; // a multiple of 8
    std::uint64_t operand = 0;
    Change change = {};
    unsigned slots = 1;

    Gfn page() const { return Gfn::of(address); }
};

// Reads the command in slot `at` of `slots`, each word once: `words(i)` loads the buffer's word i. The first
// has been read already.
template <typename Words>
Result<Command> fetch(std::uint64_t first, Words& words, std::size_t at, unsigned slots)
{
    if ((first & operation_bits) > static_cast<std::uint64_t>(Operation::load_root))
        return Error::bad_argument;
    Command command{.operation = static_cast<Operation>(first & operation_bits),
                    .address = first & ~operation_bits,
                    .operand = words(2 * at + 1)};
    if (command.operation == Operation::change) {
        command.slots = 2;
        if (slots - at < command.slots)
            return Error::bad_argument;
        command.change = {.keep = words(2 * at + 2), .set = words(2 * at + 3)};
    }
    return command;
}

} // namespace lintel::seal
